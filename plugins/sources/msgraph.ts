import { z } from 'zod'
import {
  bodyId,
  catalogOf,
  checkedType,
  type Delivery,
  defineSource,
  type EventTable,
  eventsWith,
  fact,
  factsOf,
  HooklineError,
  idText,
  isJsonObject,
  type JsonObject,
  jsonObject,
  objectIn,
  type ParsedEvent,
  plainText,
  secrets,
  sentObject,
  tokenMatches,
  type Verdict,
} from '../../core/index.ts'

const EVENTS: EventTable = {
  '*': {
    description: 'Every notification of Microsoft Graph.',
    facts: {
      change: fact('string', '`created`, `updated` or `deleted`', 'changeType'),
      resource: fact('string', 'Path of what changed, `users/{id}/messages/{id}`', 'resource'),
      resource_id: fact('string', 'Its id', 'resourceData.id'),
      resource_type: fact('string', '`#Microsoft.Graph.Message`, …', (payload) =>
        // Its key has a dot, so it is no path.
        isJsonObject(payload) && isJsonObject(payload['resourceData'])
          ? payload['resourceData']['@odata.type']
          : null,
      ),
      subscription: fact('string', 'Id of the subscription', 'subscriptionId'),
      tenant: fact('string', 'Id of the tenant', 'tenantId'),
      expires_at: fact('string', 'End of the subscription', 'subscriptionExpirationDateTime'),
    },
  },
  ...eventsWith(
    {},
    {
      created: 'Something was made.',
      updated: 'Something changed.',
      deleted: 'Something was deleted.',
      lifecycle: 'Something about the subscription itself.',
      'lifecycle.reauthorizationRequired': 'The subscription must be renewed.',
      'lifecycle.subscriptionRemoved': 'The subscription was removed.',
      'lifecycle.missed': 'Notifications were lost.',
    },
  ),
}

/** Change notifications of Microsoft Graph: one event per notification. */
export const msgraph = defineSource({
  name: 'msgraph',
  summary: 'Change notifications of Microsoft Graph.',
  documentation: 'https://learn.microsoft.com/graph/change-notifications-delivery-webhooks',
  options: z.object({
    clientState: secrets().describe('The `clientState` that the subscriptions were made with.'),
  }),
  events: catalogOf(EVENTS),
  create: ({ clientState }) => ({
    verify: (delivery) => verify(delivery, clientState),
    parse,
    // Asked while a subscription is made: it proves only that the URL is right.
    answer: ({ method, query }) => {
      const token = query.get('validationToken')
      return method === 'POST' && token !== null ? plainText(token) : undefined
    },
    sign: () => ({}),
    seal: (draft) => ({ ...draft, body: withState(draft.body, clientState[0] ?? '') }),
  }),
})

/** Each notification carries the secret: one without it refuses all. */
function verify(delivery: Delivery, clientState: readonly string[]): Verdict {
  const states = entriesOf(sentObject(delivery)).map((entry) => entry['clientState'])
  if (states.length === 0) return { ok: false, reason: 'there is no notification in it' }
  if (!states.every((state) => typeof state === 'string')) {
    return { ok: false, reason: 'a notification has no clientState' }
  }
  return states.every((state) => tokenMatches(state, clientState))
    ? { ok: true }
    : { ok: false, reason: 'the state of a notification is not the configured one' }
}

function parse(delivery: Delivery): readonly ParsedEvent[] {
  const entries = entriesOf(jsonObject(delivery))
  if (entries.length === 0) {
    throw new HooklineError('delivery_unparsable', 'The payload has no list `value` of objects.')
  }
  return entries.map((payload, index) => {
    const type = typeOf(payload)
    return {
      ...{ type, payload, facts: factsOf(EVENTS, { type, payload }) },
      id: idText(payload['id']) ?? `${bodyId(delivery.body)}:${index}`,
    }
  })
}

function typeOf({ lifecycleEvent, changeType }: JsonObject): string {
  return typeof lifecycleEvent === 'string'
    ? checkedType(`lifecycle.${lifecycleEvent}`, '`lifecycleEvent`')
    : checkedType(changeType, '`changeType`')
}

function entriesOf(body: unknown): readonly JsonObject[] {
  const value = isJsonObject(body) ? body['value'] : undefined
  return Array.isArray(value) && value.every(isJsonObject) ? value : []
}

function withState(body: Uint8Array, clientState: string): Uint8Array {
  const sent = objectIn(body)
  if (sent === null) return body
  const value = entriesOf(sent).map((entry) => ({ ...entry, clientState }))
  return Buffer.from(JSON.stringify({ ...sent, value }))
}
