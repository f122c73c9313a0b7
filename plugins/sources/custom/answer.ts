import {
  type Answer,
  type Delivery,
  hmac,
  type SourceAnswer,
  tokenMatches,
  valueAt,
} from '../../../core/sdk/source.ts'
import type { AnswerRule, FixedAnswer, Location } from './answer-options.ts'
import { fieldsIn } from './body-token.ts'

const PLAIN = 'text/plain; charset=utf-8'
const JSON_TYPE = 'application/json'
const MAX_ECHO_LENGTH = 1000

/**
 * What the answer to a challenge may sign. It is the signature that a delivery of the same text would have, so a delivery
 * of such a text is refused: no braces, no line ends, short.
 */
const CHALLENGE = /^[\w+/=.~ -]{0,256}$/

/** Whether a body could be a challenge, which anybody can have signed. */
export function couldBeChallenge(body: Uint8Array): boolean {
  return body.byteLength <= 256 && CHALLENGE.test(Buffer.from(body).toString('latin1'))
}

/** The answer of the first rule that the request fits; undefined if there is none. */
export function answerTo(delivery: Delivery, rules: readonly AnswerRule[]): SourceAnswer {
  for (const rule of rules) {
    const answer = answerOf(delivery, rule)
    if (answer !== undefined) return answer
  }
  return undefined
}

/** An answer with a fixed text. */
export function fixedAnswer({ status, body, contentType = PLAIN }: FixedAnswer): Answer {
  return body === undefined
    ? { status }
    : { status, headers: { 'content-type': contentType }, body }
}

function answerOf(delivery: Delivery, rule: AnswerRule): SourceAnswer {
  const { method, when, echo } = rule
  if (delivery.method !== method) return undefined
  if (when !== undefined) {
    const value = textAt(delivery, when)
    if (value === undefined || (when.equals ?? value) !== value) return undefined
    if (when.secret !== undefined && !tokenMatches(value, when.secret)) {
      return { ok: false, reason: `the ${nameOf(when)} does not match any secret of \`answer\`` }
    }
  }
  if (echo === undefined) return fixedAnswer(rule)
  const challenge = textAt(delivery, echo)
  if (challenge === undefined || challenge.length > MAX_ECHO_LENGTH) return undefined
  if (rule.hmac === undefined) return echoOf(challenge, rule)
  if (!CHALLENGE.test(challenge)) return undefined
  const { secret, prefix = '', ...form } = rule.hmac
  return echoOf(prefix + hmac(form, secret).sign([challenge]), rule, challenge)
}

function echoOf(
  value: string,
  { status, field, echoField }: AnswerRule,
  challenge = value,
): Answer {
  const fields = {
    ...(echoField !== undefined && { [echoField]: challenge }),
    ...(field !== undefined && { [field]: value }),
  }
  return Object.keys(fields).length === 0
    ? { status, headers: { 'content-type': PLAIN }, body: value }
    : { status, headers: { 'content-type': JSON_TYPE }, body: JSON.stringify(fields) }
}

function textAt(delivery: Delivery, { header, query, path }: Location): string | undefined {
  if (header !== undefined) return delivery.headers[header.toLowerCase()]
  if (query !== undefined) return delivery.query.get(query) ?? undefined
  const value = path === undefined ? undefined : valueAt(fieldsIn(delivery), path)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

function nameOf({ header, query, path }: Location): string {
  if (header !== undefined) return `header ${header}`
  return query === undefined ? `value at \`${path}\`` : `query parameter ${query}`
}
