import { z } from 'zod'
import {
  contentIds,
  type Delivery,
  defineSource,
  type EventTable,
  HooklineError,
  isJsonObject,
  type JsonObject,
  jsonObject,
  objectIn,
  plainText,
  type SourceEvent,
  secrets,
  tokenMatches,
  type Verdict,
} from '../../../core/sdk/source.ts'

const EVENTS = {
  '*': {
    description: 'Every notification of Microsoft Graph.',
    facts: {
      change: ['string', '`created`, `updated` or `deleted`', 'changeType'],
      resource: ['string', 'Path of what changed, `users/{id}/messages/{id}`', 'resource'],
      resource_id: ['string', 'Id of that object', 'resourceData.id'],
      resource_type: [
        'string',
        '`#Microsoft.Graph.Message`, …',
        // The key contains a dot, so it cannot be written as a path.
        ({ resourceData }) => (isJsonObject(resourceData) ? resourceData['@odata.type'] : null),
      ],
      subscription: ['string', 'Id of the subscription', 'subscriptionId'],
      tenant: ['string', 'Id of the tenant', 'tenantId'],
      expires_at: ['string', 'End of the subscription', 'subscriptionExpirationDateTime'],
    },
  },
  created: 'Something was created.',
  updated: 'Something changed.',
  deleted: 'Something was deleted.',
  lifecycle: 'Activity on the subscription itself.',
  'lifecycle.reauthorizationRequired': 'The subscription must be renewed.',
  'lifecycle.subscriptionRemoved': 'The subscription was removed.',
  'lifecycle.missed': 'Notifications were lost.',
} satisfies EventTable

/** Change notifications of Microsoft Graph: one event per notification. */
export const msgraph = defineSource({
  name: 'msgraph',
  summary: 'Change notifications of Microsoft Graph.',
  documentation: 'https://learn.microsoft.com/graph/change-notifications-delivery-webhooks',
  setup:
    'Create a subscription with POST /subscriptions of Microsoft Graph: the URL as `notificationUrl`, and the `clientState`.',
  generates: 'clientState',
  options: z.object({
    clientState: secrets().describe('The `clientState` that the subscriptions were created with.'),
  }),
  events: EVENTS,
  // Several notifications come at once, each with its resource in encrypted form.
  maxUnverifiedBytes: 1024 * 1024,
  signature: ({ clientState }) => ({
    verify: (delivery) => verify(delivery, clientState),
    sign: () => ({}),
    embedProof: (draft) => ({ ...draft, body: withState(draft.body, clientState[0] ?? '') }),
  }),
  type: ({ lifecycleEvent, changeType }) =>
    typeof lifecycleEvent === 'string' ? `lifecycle.${lifecycleEvent}` : changeType,
  parse,
  sample: (event, entry) => {
    const [kind, lifecycleEvent] = event.split('.')
    const changed = kind === 'lifecycle' ? { lifecycleEvent } : { changeType: event }
    return { value: [{ ...entry, ...changed }] }
  },
  // Sent while a subscription is created. It only proves that the URL is right.
  answer: ({ method, query }) => {
    const token = query.get('validationToken')
    return method === 'POST' && token !== null ? plainText(token) : undefined
  },
})

/** Each notification carries the secret. If one does not, the delivery is refused. */
function verify(delivery: Delivery, clientState: readonly string[]): Verdict {
  const states = entriesOf(objectIn(delivery)).map((entry) => entry['clientState'])
  if (states.length === 0) return { ok: false, reason: 'there is no notification in it' }
  if (!states.every((state) => typeof state === 'string')) {
    return { ok: false, reason: 'a notification has no clientState' }
  }
  return states.every((state) => tokenMatches(state, clientState))
    ? { ok: true }
    : { ok: false, reason: 'the state of a notification is not the configured one' }
}

function parse(delivery: Delivery): readonly SourceEvent[] {
  const entries = entriesOf(jsonObject(delivery))
  if (entries.length === 0) {
    throw new HooklineError('delivery_unparsable', 'The payload has no list `value` of objects.')
  }
  const ids = contentIds(entries)
  return entries.map((payload, index) => ({
    payload,
    id: payload['id'] || (isUnique(payload) ? ids[index] : null),
  }))
}

/** Whether only a repetition has the same content. Two changes of a file are told in the same words. */
function isUnique({ changeType, resourceData, encryptedContent }: JsonObject): boolean {
  if (isJsonObject(encryptedContent)) return true
  if (!isJsonObject(resourceData)) return false
  const happensOnce = changeType === 'created' || changeType === 'deleted'
  return (
    resourceData['@odata.etag'] !== undefined || (happensOnce && resourceData['id'] !== undefined)
  )
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
