import type { Context } from 'hono'
import { z } from 'zod'
import type { RunningSource } from '../../contracts/config.ts'
import { isHooklineError } from '../../errors/errors.ts'
import { exampleEvent } from '../../trial/example-event.ts'
import { type SignedRequest, signTestDelivery } from '../../trial/test-delivery.ts'
import { callerAddress } from '../http/caller.ts'
import { checkBody, readJson } from '../http/json-body.ts'
import type { AppServices, HttpTypes } from '../services.ts'
import { type AcceptAnswer, acceptAnswer } from '../webhooks/accept-webhook.ts'

const MAX_BODY_BYTES = 256 * 1024
const AGENT = 'hookline-test'

/** It becomes a header of most senders. */
const word = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 characters of ASCII without spaces')

/** The body of `POST /api/sources/{name}/test`. */
export const testBody = z.strictObject({
  event: word
    .optional()
    .describe("Event type in the sender's own words. Default: one that a rule is on."),
  body: z
    .unknown()
    .optional()
    .describe('JSON, or a text that is sent as it is. Default: a sample.'),
  id: word.optional().describe("The sender's id. Default: random."),
})

/**
 * Answers `POST /api/sources/{name}/test`: signs a delivery with the source's own secret and receives it as any other,
 * except that its allow list does not count.
 */
export async function answerTest(
  context: Context<HttpTypes>,
  { services, source }: { readonly services: AppServices; readonly source: RunningSource },
): Promise<Response> {
  const { body, ...asked } = checkBody(testBody, await readJson(context, MAX_BODY_BYTES))
  const { rules, settings } = services.config()
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const { event = exampleEvent(source, rules), id } = asked
  const signed = signTestDelivery(source, {
    event,
    publicUrl: settings.publicUrl,
    id,
    body: text === undefined ? undefined : new TextEncoder().encode(text),
  })
  const facts = { action: 'source.test', target: source.name, detail: { event } }
  const entry = services.audit.entry(context, facts)
  const client = callerAddress(context, settings.trustedProxies)
  const path = signed.url.slice(settings.publicUrl.length)
  const received = await services.audit.around(entry, () =>
    receive(services, { source, signed, path, client }),
  )
  const answer: TestAnswer = { sent: { event, path }, ...received }
  return context.json(answer)
}

interface Test {
  readonly source: RunningSource
  readonly signed: SignedRequest
  readonly path: string
  readonly client: string | null
}

/** The answer of a test. */
export interface TestAnswer extends Received {
  readonly sent: { readonly event: string; readonly path: string }
}

interface Received extends Omit<AcceptAnswer, 'delivery' | 'duplicate'> {
  /** `answered`: the source answered by itself, and nothing was stored. */
  readonly outcome: 'accepted' | 'duplicate' | 'answered' | 'refused'
  readonly delivery: string | null
  /** Why it was refused. */
  readonly reason: string | null
}

async function receive(
  { receiver, store }: AppServices,
  { source, signed, path, client }: Test,
): Promise<Received> {
  const headers = lowerCaseNames({ ...signed.headers, 'user-agent': AGENT })
  const head = { source: source.name, method: 'POST', path, headers, socketAddress: null }
  const nothing = { delivery: null, event: null, tasks: [], reason: null }
  try {
    const admission = { ...receiver.admit(head), isAllowed: true, client }
    const result = await receiver.receive(admission, signed.body)
    if (result.kind === 'answered') return { outcome: 'answered', ...nothing }
    const { duplicate, ...accepted } = acceptAnswer(result.receipt)
    return { outcome: duplicate ? 'duplicate' : 'accepted', ...accepted, reason: null }
  } catch (error) {
    const delivery = isHooklineError(error) ? error.fields['deliveryId'] : undefined
    if (typeof delivery !== 'string') throw error
    const reason = (await store.delivery(delivery))?.reason ?? null
    return { outcome: 'refused', ...nothing, delivery, reason }
  }
}

function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
}
