import { type Context, Hono } from 'hono'
import type { AcceptReceipt } from '../../contracts/store.ts'
import { type HooklineError, isHooklineError } from '../../errors/errors.ts'
import type { RequestHead } from '../../receive/admission.ts'
import type { ReceiveResult } from '../../receive/outcome.ts'
import { BodyBudget, readBody } from '../http/read-body.ts'
import type { HttpTypes, Services } from '../services.ts'
import { findAnswering } from './answering-rules.ts'
import { toResponse } from './response.ts'
import type { RuleAnswers } from './rule-answers.ts'

const JSON_HEADERS = { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' }
const METHODS = ['POST', 'GET', 'OPTIONS', 'PUT']
const NO_BODY = new Uint8Array(0)

/** Receives a webhook of a source, and answers its sender. */
export type Deliver = (context: Context<HttpTypes>, source: string) => Promise<Response>

export interface DeliverOptions {
  /** Makes the answers that rules ask for. Null: no rule of the sources asks for one. */
  readonly answers: RuleAnswers | null
  /** Default: one with the usual limit. */
  readonly budget?: BodyBudget
}

export function createDeliver(
  services: Pick<Services, 'receiver' | 'config'>,
  { answers, budget = new BodyBudget() }: DeliverOptions,
): Deliver {
  return async (context, source) => {
    const known = services.config().sources.get(source)?.answers
    let result: ReceiveResult
    try {
      result = await receive(context, { services, budget, source })
    } catch (error) {
      if (known?.refused === undefined || !isRefusal(error)) throw error
      return toResponse(known.refused, deliveryHeader(error.fields['deliveryId']))
    }
    if (result.kind === 'answered') return toResponse(result.answer)
    const { receipt } = result
    const headers = deliveryHeader(receipt.deliveryId)
    if (result.answer !== null) return toResponse(result.answer, headers)
    if (known?.unmatched !== undefined && isUnmatched(receipt)) {
      return toResponse(known.unmatched, headers)
    }
    const usual = acceptAnswer(receipt)
    const status = usual.duplicate ? 200 : 202
    const answering = answers === null ? null : findAnswering(services.config(), receipt)
    if (answers !== null && answering !== null) {
      return (await answers.answer(context, answering, usual)) ?? context.json(usual, status)
    }
    return new Response(JSON.stringify(usual), { status, headers: JSON_HEADERS })
  }
}

/** `/{source}`: receives webhooks. */
export function webhookRoutes(deliver: Deliver): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  const ofSource = (context: Context<HttpTypes>) =>
    deliver(context, context.req.param('source') ?? '')
  routes.on(METHODS, '/:source', ofSource)
  // Other methods are refused with a record, and a slash that some senders add at the end means nothing.
  routes.all('/:source', ofSource).all('/:source/', ofSource)
  return routes
}

function isRefusal(error: unknown): error is HooklineError {
  return isHooklineError(error) && error.code === 'delivery_refused'
}

function isUnmatched({ events }: AcceptReceipt): boolean {
  return events.length > 0 && events.every(({ tasks }) => tasks.length === 0)
}

function deliveryHeader(id: unknown): Readonly<Record<string, string>> {
  return { 'hookline-delivery': String(id) }
}

/** The answer to a sender: the same for a first delivery and for its duplicate. */
export interface AcceptAnswer {
  readonly delivery: string
  /** Id of the event, or of the first event of a batch; null if the delivery has none. */
  readonly event: string | null
  readonly duplicate: boolean
  readonly tasks: AcceptReceipt['events'][number]['tasks']
  /** Ids of all events of a batch. */
  readonly events?: readonly string[]
}

export function acceptAnswer(receipt: AcceptReceipt): AcceptAnswer {
  const { events } = receipt
  return {
    delivery: receipt.deliveryId,
    event: events[0]?.id ?? null,
    duplicate: receipt.duplicate,
    tasks: events.length === 1 ? (events[0]?.tasks ?? []) : events.flatMap((event) => event.tasks),
    ...(events.length > 1 ? { events: events.map((event) => event.id) } : {}),
  }
}

interface Receiving {
  readonly services: Pick<Services, 'receiver' | 'config'>
  readonly budget: BodyBudget
  readonly source: string
}

async function receive(
  context: Context<HttpTypes>,
  { services: { receiver, config }, budget, source }: Receiving,
): Promise<ReceiveResult> {
  const share = budget.open()
  try {
    const admission = receiver.admit(requestHead(context, source))
    const maxBytes = admission.maxBodyBytes
    const seconds = config().settings.limits.requestSeconds
    const body = maxBytes === null ? NO_BODY : readBody(context, { maxBytes, seconds, share })
    return await receiver.receive(admission, body)
  } finally {
    share.release()
  }
}

function requestHead({ env, req }: Context<HttpTypes>, source: string): RequestHead {
  const incoming = env?.incoming
  return {
    source,
    method: req.method,
    path: incoming?.url ?? pathOf(req.url),
    headers: (incoming?.headers as RequestHead['headers'] | undefined) ?? req.header(),
    socketAddress: env?.connectedAddress ?? incoming?.socket.remoteAddress ?? null,
    tunnelClient: env?.tunnelClient,
  }
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url)
  return pathname + search
}
