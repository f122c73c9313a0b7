import { errorCodeOf } from '../kit/thrown.ts'

export interface NoAnswer {
  /** What is wrong at the address, with the code of Node.js. */
  readonly why: string
  /** What to do for a service of Hookline. */
  readonly remedy: string
}

const START = 'Start the service with `hookline start`, or name it with --url.'
const NETWORK = 'Check --url, and that this machine reaches it: a firewall or a VPN may be between.'
const ENDED =
  'It may just be stopping, or a proxy is there whose service does not run. Try again, and see the log of the service.'

const MEANINGS: Readonly<Record<string, NoAnswer>> = {
  ECONNREFUSED: { why: 'connection refused: nothing listens there', remedy: START },
  ENOTFOUND: { why: 'its name is not known', remedy: 'Check the name in --url.' },
  EAI_AGAIN: {
    why: 'its name could not be looked up',
    remedy: 'Check the name in --url, and that this machine reaches its name server.',
  },
  EHOSTUNREACH: { why: 'there is no way to this machine', remedy: NETWORK },
  ENETUNREACH: { why: 'there is no way to this network', remedy: NETWORK },
  ETIMEDOUT: { why: 'the connection was not made in time', remedy: NETWORK },
  UND_ERR_CONNECT_TIMEOUT: { why: 'the connection was not made in time', remedy: NETWORK },
  ECONNRESET: { why: 'the connection was closed without an answer', remedy: ENDED },
  UND_ERR_SOCKET: { why: 'the connection was closed without an answer', remedy: ENDED },
}

const NO_TLS: NoAnswer = {
  why: 'it does not speak TLS',
  remedy: 'Begin the address with http://, or check the port.',
}

/**
 * Why an address gave no answer, from the error of `fetch` or of a request of Node.js.
 *
 * @param seconds How long an answer was waited for.
 */
export function noAnswer(error: unknown, seconds: number): NoAnswer {
  const cause = firstCause(error)
  const code = errorCodeOf(cause)
  if (code === 'TimeoutError' || code.startsWith('UND_ERR_HEADERS')) {
    const remedy = 'The service hangs or is overloaded: see its log, and GET /readyz.'
    return { why: `no answer within ${seconds} s`, remedy }
  }
  const { why, remedy } = MEANINGS[code] ?? meaningOf(cause, code)
  return { why: `${why} (${code})`, remedy }
}

function meaningOf(cause: unknown, code: string): NoAnswer {
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) return NO_TLS
  if (/CERT|SELF_SIGNED|VERIFY/.test(code)) {
    const isOtherName = code === 'ERR_TLS_CERT_ALTNAME_INVALID'
    return {
      why: isOtherName ? 'its certificate is for another name' : 'its certificate is not trusted',
      remedy: isOtherName
        ? 'Use the name that the certificate has in --url.'
        : 'If it is of your own authority, name that: NODE_EXTRA_CA_CERTS=/path/to/ca.pem hookline …',
    }
  }
  return { why: cause instanceof Error ? cause.message : 'unknown reason', remedy: NETWORK }
}

/** `fetch` says only that it failed; its causes say why. Of several addresses, the first counts. */
function firstCause(error: unknown): unknown {
  if (error instanceof AggregateError) return firstCause(error.errors[0])
  if (!(error instanceof Error) || !(error.cause instanceof Error)) return error
  return firstCause(error.cause)
}
