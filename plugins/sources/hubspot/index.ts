import { z } from 'zod'
import {
  type Delivery,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  isJsonObject,
  type JsonObject,
  jsonObject,
  jsonObjects,
  type SourceEvent,
  secrets,
  valueAt,
} from '../../../core/sdk/source.ts'

// HubSpot decodes these characters in the URI before it signs.
const DECODED = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi

const PROPERTY_FACTS: FactTable = {
  property: ['string', 'Name of the property', 'propertyName'],
  value: ['string', 'Its value after the change', 'propertyValue'],
}

const EVENTS = {
  '*': {
    description: 'Every event of HubSpot.',
    facts: {
      object_id: [
        'number',
        'Id of the object that the event is about',
        'objectId',
        'object.objectId',
        // Of associations and merges.
        'fromObjectId',
        'primaryObjectId',
        'vid',
      ],
      object_type: [
        'string',
        'Id of its type, `0-1` for contacts; from a workflow its name, `CONTACT`',
        'objectTypeId',
        'objectType',
        'object.objectType',
      ],
      portal: ['number', 'Id of the account', 'portalId', 'origin.portalId', 'portal-id'],
      app: ['number', 'Id of the app', 'appId'],
      occurred_at: ['number', 'Time, in milliseconds since the epoch', 'occurredAt'],
      change_source: ['string', 'What caused it, `CRM_UI`, …', 'changeSource'],
    },
  },
  ...eventsWith(PROPERTY_FACTS, {
    'contact.propertyChange': 'A property of a contact changed.',
    'company.propertyChange': 'A property of a company changed.',
    'deal.propertyChange': 'A property of a deal changed.',
    'ticket.propertyChange': 'A property of a ticket changed.',
    'object.propertyChange': 'A property of any record changed.',
  }),
  contact: 'Activity on a contact.',
  company: 'Activity on a company.',
  deal: 'Activity on a deal.',
  ticket: 'Activity on a ticket.',
  conversation: 'Activity on a conversation.',
  object: 'Activity on any record.',
  'contact.creation': 'A contact was created.',
  'contact.deletion': 'A contact was deleted.',
  'contact.privacyDeletion': 'A contact was deleted for privacy compliance.',
  'deal.creation': 'A deal was created.',
  workflow: 'A workflow sent an object. The type of the object follows a dot: `workflow.CONTACT`.',
} satisfies EventTable

/**
 * Webhooks of HubSpot apps, signature version 3. A delivery is a batch, or one object of a workflow. `publicUrl` must be
 * the URL given to HubSpot.
 */
export const hubspot = defineSource({
  name: 'hubspot',
  summary: 'Webhooks of HubSpot apps.',
  documentation:
    'https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation',
  setup:
    'In the app, enter the URL as the target URL of its webhooks. The secret is the client secret of the app, under Auth.',
  options: z.object({ secret: secrets().describe('Client secret of the app.') }),
  events: EVENTS,
  signature: {
    header: 'X-HubSpot-Signature-v3',
    algorithm: 'sha256',
    encoding: 'base64',
    timestamp: { header: 'X-HubSpot-Request-Timestamp', unit: 'ms', toleranceSeconds: 300 },
    template: '{method}{url}{body}{timestamp}',
    writeUrl: (url) => url.replace(DECODED, decodeURIComponent),
  },
  type: 'subscriptionType',
  id: idOf,
  parse,
  sample: (event, body) => (event === 'workflow' ? {} : [body]),
})

/** Subscriptions send a list. A workflow sends one object, without a type. */
function parse(delivery: Delivery): readonly SourceEvent[] {
  const body = delivery.json()
  if (!isJsonObject(body) || body['subscriptionType'] !== undefined) {
    return jsonObjects(delivery).map((payload) => ({ payload }))
  }
  const payload = jsonObject(delivery)
  const action = valueAt(payload, 'objectType') ?? valueAt(payload, 'object.objectType')
  return [{ type: 'workflow', action, id: payload['callbackId'] ?? null, payload }]
}

// According to HubSpot, `eventId` alone is not unique. `attemptNumber` is omitted: it counts deliveries of one event.
function idOf(event: JsonObject): string | null {
  const { eventId, subscriptionId, objectId, occurredAt, fromObjectId, toObjectId } = event
  if (!['string', 'number', 'bigint'].includes(typeof eventId)) return null
  // An association has two objects.
  const object = objectId ?? (fromObjectId === undefined ? '' : `${fromObjectId}-${toObjectId}`)
  return [eventId, subscriptionId, object, occurredAt].join(':')
}
