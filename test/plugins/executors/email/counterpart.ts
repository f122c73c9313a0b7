import { email } from 'hookline/executors'
import type { ExecutorInstance, PluginContext } from 'hookline/sdk/executor'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { SILENT_LOGGER } from '../../../../core/kit/silent-logger.ts'

/** A message as it arrived. */
export interface Mail {
  readonly from: string
  readonly to: readonly string[]
  /** The user who logged in. */
  readonly user: string | undefined
  readonly secure: boolean
  /** As it was sent, with LF at line ends. */
  readonly source: string
}

/** A mail server on this machine that keeps what it was sent. */
export interface MailCounterpart extends AsyncDisposable {
  readonly port: number
  readonly mails: readonly Mail[]
  /** Connections that are open. */
  connections(): number
}

/** Starts a mail server on a free port; without STARTTLS unless `settings` say otherwise. */
export async function startMailServer(settings: SMTPServerOptions = {}): Promise<MailCounterpart> {
  const mails: Mail[] = []
  const server = new SMTPServer({
    logger: false,
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onData: (stream, session, callback) => {
      const chunks: Uint8Array[] = []
      stream.on('data', (chunk: Uint8Array) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          user: typeof session.user === 'string' ? session.user : undefined,
          secure: session.secure,
          source: Buffer.concat(chunks).toString().replaceAll('\r\n', '\n'),
        })
        callback(null, 'taken as number 1')
      })
    },
    ...settings,
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.server.address()
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    mails,
    connections: () => server.connections.size,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

/** A reply that is no success, as the callbacks of the server take it. */
export function reply(code: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode: code })
}

/** Headers of a message by lower-case name, unfolded and decoded. */
export function headersOf(source: string): ReadonlyMap<string, string> {
  const head = source.slice(0, source.indexOf('\n\n')).replaceAll(/\n[ \t]/g, ' ')
  return new Map(
    head.split('\n').map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), decodeWords(line.slice(colon + 1).trim())]
    }),
  )
}

/** The parts of a message that have no parts themselves, by media type, decoded. */
export function partsOf(source: string): ReadonlyMap<string, string> {
  const type = headersOf(source).get('content-type') ?? ''
  const body = source.slice(source.indexOf('\n\n') + 2)
  const boundary = /boundary="([^"]+)"/.exec(type)?.[1]
  if (boundary === undefined) {
    const encoding = headersOf(source).get('content-transfer-encoding') ?? '7bit'
    return new Map([[type.split(';', 1)[0] ?? '', decodeBody(body, encoding)]])
  }
  const parts = body.split(`--${boundary}`).slice(1, -1)
  return new Map(parts.flatMap((part) => [...partsOf(part.replace(/^\n/, ''))]))
}

/** https://www.rfc-editor.org/rfc/rfc2047 */
function decodeWords(text: string): string {
  return text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/(?:=\?UTF-8\?[QB]\?[^?]*\?=)+/gi, (words) => {
      const bytes = [...words.matchAll(/=\?UTF-8\?([QB])\?([^?]*)\?=/gi)].map(([, form, word]) =>
        form?.toUpperCase() === 'B'
          ? Buffer.from(word ?? '', 'base64')
          : quotedPrintable((word ?? '').replaceAll('_', ' ')),
      )
      return Buffer.concat(bytes).toString()
    })
}

function decodeBody(body: string, encoding: string): string {
  const text = body.replace(/\n$/, '')
  if (encoding === 'base64') return Buffer.from(text, 'base64').toString()
  return encoding === 'quoted-printable' ? quotedPrintable(text).toString() : text
}

function quotedPrintable(text: string): Buffer {
  const raw = text
    .replaceAll('=\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(raw, 'latin1')
}

const context: PluginContext = {
  name: 'notify',
  baseDir: import.meta.dirname,
  dataDir: import.meta.dirname,
  logger: SILENT_LOGGER,
  clock: Date.now,
}

/** An email executor from options as a config holds them; what is left out is filled in. */
export function createEmail(options: Readonly<Record<string, unknown>>): ExecutorInstance {
  const { definition } = email
  const whole = {
    from: 'Hookline <hooks@example.com>',
    to: 'ann@example.com',
    subject: 'A subject',
    text: 'A text',
    ...options,
  }
  return definition.create(definition.options.strict().parse(whole), context)
}

/** Where a mail server of this machine is, as `smtp` has it. */
export function local(
  { port }: Pick<MailCounterpart, 'port'>,
  more: Readonly<Record<string, unknown>> = {},
) {
  return { host: '127.0.0.1', port, requireTls: false, ...more }
}
