import { type Context, Hono } from 'hono'
import type { Answer } from '../../contracts/delivery.ts'
import type { AcceptReceipt } from '../../contracts/store.ts'
import type { RequestHead } from '../../receive/admission.ts'
import type { ReceiveResult } from '../../receive/outcome.ts'
import { BodyBudget, readBody } from '../http/read-body.ts'
import type { AppServices, HttpTypes, Services } from '../services.ts'
import { ProgramAnswers } from './program-answers.ts'

const JSON_HEADERS = { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' }
const METHODS = ['POST', 'GET', 'OPTIONS', 'PUT']
const NO_BODY = new Uint8Array(0)

/** `/{source}`: receives webhooks. */
export function webhookRoutes(services: AppServices): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  const answers = new ProgramAnswers(services)
  const budget = new BodyBudget()
  const deliver = async (context: Context<HttpTypes>): Promise<Response> => {
    const result = await receive(context, services, budget)
    if (result.kind === 'answered') return toResponse(result.answer)
    if (result.answer !== null) {
      return toResponse(result.answer, { 'hookline-delivery': result.receipt.deliveryId })
    }
    const answer = acceptAnswer(result.receipt)
    const status = answer.duplicate ? 200 : 202
    const answering = answers.find(result.receipt)
    if (answering !== null) {
      return (await answers.answer(context, answering)) ?? context.json(answer, status)
    }
    return new Response(JSON.stringify(answer), { status, headers: JSON_HEADERS })
  }
  routes.on(METHODS, '/:source', deliver)
  // Other methods are refused with a record, and a slash that some senders add at the end means nothing.
  routes.all('/:source', deliver).all('/:source/', deliver)
  return routes
}

function toResponse({ status, headers, body }: Answer, more: Answer['headers'] = {}): Response {
  const answered = new Response(body ?? null, { status, headers: { ...headers, ...more } })
  answered.headers.set('x-content-type-options', 'nosniff')
  return answered
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

async function receive(
  context: Context<HttpTypes>,
  { receiver, config }: Services,
  budget: BodyBudget,
): Promise<ReceiveResult> {
  const share = budget.open()
  try {
    const admission = receiver.admit(requestHead(context))
    const maxBytes = admission.maxBodyBytes
    const seconds = config().settings.limits.requestSeconds
    const body = maxBytes === null ? NO_BODY : readBody(context, { maxBytes, seconds, share })
    return await receiver.receive(admission, body)
  } finally {
    share.release()
  }
}

function requestHead({ env, req }: Context<HttpTypes>): RequestHead {
  const incoming = env?.incoming
  return {
    source: req.param('source') ?? '',
    method: req.method,
    path: incoming?.url ?? pathOf(req.url),
    headers: (incoming?.headers as RequestHead['headers'] | undefined) ?? req.header(),
    socketAddress: incoming?.socket.remoteAddress ?? null,
    tunnelClient: env?.tunnelClient,
  }
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url)
  return pathname + search
}
