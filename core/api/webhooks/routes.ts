import { type Context, Hono } from 'hono'
import type { RequestHead } from '../../receive/admission.ts'
import { readBody } from '../http/read-body.ts'
import type { HttpTypes, Services } from '../services.ts'
import { type AcceptWebhook, acceptAnswer } from './accept-webhook.ts'
import { findAnswering } from './answering-rules.ts'
import { toResponse } from './response.ts'
import type { RuleAnswers } from './rule-answers.ts'

const METHODS = ['POST', 'GET', 'OPTIONS', 'PUT']

/** Receives a webhook of a source, and answers its sender. */
export type Deliver = (context: Context<HttpTypes>, source: string) => Promise<Response>

export interface DeliverOptions extends Pick<Services, 'config'> {
  /** Makes the answers that rules ask for. Null: no rule of the sources asks for one. */
  readonly answers: RuleAnswers | null
}

export function createDeliver(accept: AcceptWebhook, { config, answers }: DeliverOptions): Deliver {
  return async (context, source) => {
    const { answer, receipt } = await accept({
      head: requestHead(context, source),
      readBody: (limits) => readBody(context, limits),
    })
    const answering = answers && receipt && findAnswering(config(), receipt)
    if (!answering) return toResponse(answer)
    const usual = acceptAnswer(receipt)
    const made = await answers.answer(context, answering, usual)
    return made ?? context.json(usual, receipt.duplicate ? 200 : 202)
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
