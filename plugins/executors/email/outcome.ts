import type { SMTPSentMessageInfo } from 'nodemailer'
import { type FailedOutcome, isHooklineError, type Outcome } from '../../../core/index.ts'

const MAX_RESPONSE_LENGTH = 300
/** Faults of what is sent, not of the moment, that no reply of the server came with. */
const FINAL = new Set(['EENVELOPE', 'EMESSAGE', 'EAUTH', 'ENOAUTH', 'ECONFIG'])
/** "Bad sequence of commands" says nothing about the message. */
const BAD_SEQUENCE = 503

/** The outcome of a message that at least one recipient's server took. */
export function outcomeOfSent(info: SMTPSentMessageInfo): Outcome {
  const { messageId, accepted, rejected } = info
  const response = oneLine(info.response)
  return { status: 'succeeded', result: { messageId, accepted, rejected, response } }
}

/** The outcome of a message that was not sent. `server` is its name, for the reason. */
export function outcomeOfFault(error: unknown, server: string): FailedOutcome {
  if (isHooklineError(error)) {
    const reason = `${error.code}: ${error.message} ${error.remedy}`
    return { status: 'failed', reason, retryable: false }
  }
  const { code, response, responseCode } = partsOf(error)
  if (responseCode === null) {
    return {
      status: 'failed',
      reason: `mail to ${server} failed: ${code}`,
      retryable: !FINAL.has(code),
    }
  }
  return {
    status: 'failed',
    reason: `mail to ${server} was answered: ${oneLine(response)}`,
    retryable: responseCode < 500 || responseCode === BAD_SEQUENCE,
  }
}

/** The outcome of a message whose sending was told to stop. */
export function outcomeOfStop(signal: AbortSignal): FailedOutcome {
  return { status: 'failed', reason: `stopped: ${String(signal.reason)}` }
}

/** A server's reply in one line. */
export function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > MAX_RESPONSE_LENGTH ? `${line.slice(0, MAX_RESPONSE_LENGTH)}…` : line
}

function partsOf(error: unknown) {
  const fields = (error instanceof Error ? error : {}) as Readonly<Record<string, unknown>>
  const { code, response, responseCode } = fields
  return {
    code: typeof code === 'string' ? code : 'unknown error',
    response: typeof response === 'string' ? response : '',
    responseCode: typeof responseCode === 'number' ? responseCode : null,
  }
}
