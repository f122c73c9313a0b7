import { compileTemplate, HooklineError, type ValueSource } from '../../../core/sdk/executor.ts'
import type { HttpOptions } from './options.ts'

/** Headers that the connection itself sets. A value given here could make one request look like two. */
const RESERVED = new Set([
  ...['connection', 'content-length', 'expect', 'host', 'keep-alive', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade'],
])
const SIGNATURE = new Set(['webhook-id', 'webhook-timestamp', 'webhook-signature'])
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\0-\x1f\x7f]/

type Headers = Readonly<Record<string, string>>

/** Compiles `headers`. Throws `option_invalid`. The result throws like a template, and `param_refused`. */
export function compileHeaders(settings: HttpOptions): (source: ValueSource) => Headers {
  const { secrets } = settings
  const taken = new Set<string>()
  const compiled = Object.entries(settings.headers).map(([given, text]) => {
    const name = given.toLowerCase()
    const path = `headers.${given}`
    checkName(name, path, settings)
    if (taken.has(name)) throw invalid(path, 'is given twice')
    taken.add(name)
    const template = compileTemplate(text, { path, secrets })
    if (CONTROL.test(template.start)) throw invalid(path, 'holds a control character')
    return { name, path, template }
  })
  return (source) =>
    Object.fromEntries(
      compiled.map(({ name, path, template }) => [name, toValue(template.fill(source), path)]),
    )
}

/** The Authorization header, if any. Throws `option_invalid`. */
export function credentialHeaders({ bearer, basic }: HttpOptions): Headers {
  if (bearer !== undefined) {
    if (CONTROL.test(bearer)) throw invalid('bearer', 'holds a control character')
    return { authorization: `Bearer ${latin1(bearer)}` }
  }
  if (basic === undefined) return {}
  const pair = Buffer.from(`${basic.user}:${basic.password}`)
  return { authorization: `Basic ${pair.toString('base64')}` }
}

function checkName(name: string, path: string, { sign, bearer, basic }: HttpOptions): void {
  if (RESERVED.has(name)) throw invalid(path, 'is set by the connection itself')
  if (sign !== undefined && SIGNATURE.has(name)) throw invalid(path, 'is set by `sign`')
  const hasCredentials = bearer !== undefined || basic !== undefined
  if (name === 'authorization' && hasCredentials) {
    throw invalid(path, 'is set by `bearer` or `basic`')
  }
}

function toValue(text: string, path: string): string {
  if (!CONTROL.test(text)) return latin1(text.trim())
  throw new HooklineError(
    'param_refused',
    `The value for \`${path}\` holds a control character, such as the end of a line.`,
    { remedy: 'Send the value in the body.' },
  )
}

// Node.js sends header values as Latin-1: this way the bytes are UTF-8.
function latin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function invalid(path: string, why: string): HooklineError {
  return new HooklineError('option_invalid', `\`${path}\` ${why}`)
}
