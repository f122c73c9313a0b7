import type { SMTPSentMessageInfo } from 'nodemailer'
import {
  errorCodeOf,
  type FailedOutcome,
  isHooklineError,
  type Outcome,
  outcomeOfFault,
} from '../../../core/sdk/executor.ts'

const MAX_RESPONSE_LENGTH = 300
/** Errors of the message or the config, without a reply of the server: another attempt would fail too. */
const FINAL = new Set(['EENVELOPE', 'EMESSAGE', 'EAUTH', 'ENOAUTH', 'ECONFIG'])
/** "Bad sequence of commands" says nothing about the message. */
const BAD_SEQUENCE = 503

/** The outcome of a message that the server accepted for at least one recipient. */
export function outcomeOfSent(info: SMTPSentMessageInfo): Outcome {
  const { messageId, accepted, rejected } = info
  const response = oneLine(info.response)
  return { status: 'succeeded', result: { messageId, accepted, rejected, response } }
}

/** The outcome of a message that was not sent. `server` is its name, for the reason. */
export function outcomeOfError(error: unknown, server: string): FailedOutcome {
  if (isHooklineError(error)) return outcomeOfFault(error, false)
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

/** A server's reply on one line. */
export function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > MAX_RESPONSE_LENGTH ? `${line.slice(0, MAX_RESPONSE_LENGTH)}…` : line
}

function partsOf(error: unknown) {
  const fields = (error instanceof Error ? error : {}) as Readonly<Record<string, unknown>>
  const { response, responseCode } = fields
  return {
    code: errorCodeOf(error),
    response: typeof response === 'string' ? response : '',
    responseCode: typeof responseCode === 'number' ? responseCode : null,
  }
}
