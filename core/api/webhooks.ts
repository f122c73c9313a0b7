import { type Context, Hono } from 'hono'
import type { Answer } from '../contracts/delivery.ts'
import type { AcceptReceipt } from '../contracts/store.ts'
import type { ReceiveRequest, ReceiveResult } from '../receive/request.ts'
import { BodyBudget, type BodyShare } from './body-budget.ts'
import { ProgramAnswers } from './program-answers.ts'
import { readIncoming, readRequest } from './read-body.ts'
import type { AppServices, HttpTypes, Services } from './services.ts'

const JSON_HEADERS = { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' }
const METHODS = ['POST', 'GET', 'OPTIONS', 'PUT']

/** `/{source}`: where webhooks arrive. */
export function webhookRoutes(services: AppServices): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  const answers = new ProgramAnswers(services)
  const budget = new BodyBudget()
  routes.on(METHODS, '/:source', async (context): Promise<Response> => {
    const result = await receiveWithin(budget, context, services)
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
  })
  return routes
}

function toResponse({ status, headers, body }: Answer, more: Answer['headers'] = {}): Response {
  const answered = new Response(body ?? null, { status, headers: { ...headers, ...more } })
  answered.headers.set('x-content-type-options', 'nosniff')
  return answered
}

/** What a sender is told: the same for a first delivery and for its duplicate. */
export interface AcceptAnswer {
  readonly delivery: string
  /** The event, the first of a batch, or null where the delivery held none. */
  readonly event: string | null
  readonly duplicate: boolean
  readonly tasks: AcceptReceipt['events'][number]['tasks']
  /** All events of a batch. */
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

async function receiveWithin(
  budget: BodyBudget,
  context: Context<HttpTypes>,
  services: Services,
): Promise<ReceiveResult> {
  const share = budget.open()
  try {
    return await services.receiver.receive(toReceiveRequest(context, services, share))
  } finally {
    share.release()
  }
}

function toReceiveRequest(
  context: Context<HttpTypes>,
  services: Services,
  share: BodyShare,
): ReceiveRequest {
  const incoming = context.env?.incoming
  const headers =
    (incoming?.headers as ReceiveRequest['headers'] | undefined) ?? context.req.header()
  const seconds = services.config().settings.limits.requestSeconds
  return {
    source: context.req.param('source') ?? '',
    method: context.req.method,
    path: incoming?.url ?? pathOf(context.req.url),
    headers,
    socketAddress: incoming?.socket.remoteAddress ?? null,
    readBody: (maxBytes) =>
      incoming === undefined
        ? readRequest(context.req.raw, { maxBytes, seconds, share })
        : readIncoming(incoming, { maxBytes, seconds, share }),
  }
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url)
  return pathname + search
}
