import { Hono } from 'hono'
import type { WebhookEvent } from '../../contracts/event.ts'
import { HooklineError } from '../../errors/errors.ts'
import { covers } from '../../matching/covers.ts'
import { requestOf } from '../../matching/event-request.ts'
import { readStoredEvent } from '../../matching/stored-event.ts'
import { eventTypeOf } from '../../sdk/events/event-type.ts'
import type { ValueSource } from '../../sdk/events/event-value.ts'
import { evaluate } from '../../trial/evaluate.ts'
import { namesOf } from '../../trial/event-catalog.ts'
import { findDelivery, findEvent } from '../deliveries/find-delivery.ts'
import { checkBody, readJson } from '../http/json-body.ts'
import type { AppServices, HttpTypes } from '../services.ts'
import { type EvaluateBody, evaluateBody, type GivenEvent } from './body.ts'

const MAX_BODY_BYTES = 256 * 1024

/** `/api/conditions`: tries conditions and params on events. */
export function conditionRoutes(services: AppServices): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  routes.post('/evaluate', async (context) => {
    const body = checkBody(evaluateBody, await readJson(context, MAX_BODY_BYTES))
    const source = await eventOf(services, body.event)
    const { id, type, facts, source: name } = source.event
    const on = body.on ?? (name === '' ? type : `${name}.${type}`)
    const known =
      name === '' && body.on === undefined ? { facts: null } : namesOf(on, services.config())
    const { condition, params } = body
    const { redactor } = services
    const evaluated = await services.trials.run(() =>
      evaluate({ condition, params, source, known, redactor }),
    )
    const covered = name === '' || covers(on, source.event)
    return context.json({ event: { id, source: name, type, facts }, covered, ...evaluated })
  })
  return routes
}

async function eventOf(services: AppServices, asked: EvaluateBody['event']): Promise<ValueSource> {
  if (!('delivery' in asked)) return givenEvent(asked)
  const delivery = await findDelivery(services, asked.delivery)
  const event = await findEvent(services, delivery.id, asked.event)
  return readStoredEvent(event, requestOf(delivery))
}

function givenEvent({ payload = null, facts = {}, request, ...given }: GivenEvent): ValueSource {
  const type = eventTypeOf(given.type)
  if (type === null) {
    const errors = [{ pointer: '/event/type', message: 'is no event type' }]
    throw new HooklineError('request_invalid', 'The event has no valid type', {
      fields: { errors },
    })
  }
  const event: WebhookEvent = {
    id: given.id ?? 'evt_trial',
    source: given.source ?? '',
    type,
    senderId: given.senderId ?? null,
    deliveryId: 'dlv_trial',
    receivedAt: given.receivedAt === undefined ? new Date() : new Date(given.receivedAt),
    facts,
    payload,
    ...(request && { request }),
  }
  return { event, payload: JSON.stringify(payload) }
}
