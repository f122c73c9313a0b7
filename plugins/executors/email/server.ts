import type { SMTPTransportOptions } from 'nodemailer'
import { HooklineError } from '../../../core/sdk/executor.ts'
import type { EmailOptions } from './options.ts'

const SUBMISSION_PORT = 587
const TLS_PORT = 465

/** Limits of each wait in a conversation, in milliseconds. The run's own time limit ends all of it. */
const LIMITS = {
  dnsTimeout: 10_000,
  connectionTimeout: 20_000,
  greetingTimeout: 30_000,
  // RFC 5321 allows a server ten minutes after the data; few need one.
  socketTimeout: 120_000,
  socketCloseTimeout: 1_000,
}

/** How to reach the mail server. */
export interface MailServer {
  /** `host:port`, for messages. */
  readonly name: string
  readonly transport: SMTPTransportOptions
}

/** Reads `smtp`. Throws `option_invalid` without showing the URL. */
export function mailServer({ url, requireTls, ...parts }: EmailOptions['smtp']): MailServer {
  const { host, port, secure, user, password } = url === undefined ? parts : readUrl(url)
  if (host === undefined) throw invalid('`smtp` must hold `url` or `host`')
  const isSecure = secure ?? port === TLS_PORT
  const usedPort = port ?? (isSecure ? TLS_PORT : SUBMISSION_PORT)
  return {
    name: `${host}:${usedPort}`,
    transport: {
      ...LIMITS,
      host,
      port: usedPort,
      secure: isSecure,
      requireTLS: requireTls && !isSecure,
      ...(user === undefined ? {} : { auth: { user, pass: password } }),
    },
  }
}

type Parts = Omit<EmailOptions['smtp'], 'url' | 'requireTls'>

function readUrl(text: string): Parts {
  const url = URL.canParse(text) ? new URL(text) : null
  const isSecure = url?.protocol === 'smtps:'
  if (url === null || url.hostname === '' || (!isSecure && url.protocol !== 'smtp:')) {
    throw invalid('`smtp.url` must be `smtps://user:password@host:port`, or `smtp://…`')
  }
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') {
    throw invalid('`smtp.url` must end after the port: all else has an option of its own')
  }
  const port = url.port === '' ? {} : { port: Number(url.port) }
  const credentials =
    url.username === '' ? {} : { user: decode(url.username), password: decode(url.password) }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    secure: isSecure,
    ...port,
    ...credentials,
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('`smtp.url` has a user or a password that is not percent-encoded')
  }
}

function invalid(message: string): HooklineError {
  return new HooklineError('option_invalid', message)
}
