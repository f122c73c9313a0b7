import { z } from 'zod'
import {
  catalogOf,
  checkedType,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  fact,
  factsOf,
  hmacSignature,
  type JsonObject,
  jsonObjects,
  type ParsedEvent,
  secrets,
} from '../../core/index.ts'

// HubSpot signs the URI with these characters decoded.
const DECODED = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi

const PROPERTY_FACTS: FactTable = {
  property: fact('string', 'Name of the property', 'propertyName'),
  value: fact('string', 'Its value after the change', 'propertyValue'),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of HubSpot.',
    facts: {
      object_id: fact('number', 'Id of what it is about', 'objectId'),
      object_type: fact('string', 'Id of its type, `0-1` for contacts', 'objectTypeId'),
      portal: fact('number', 'Id of the account', 'portalId'),
      app: fact('number', 'Id of the app', 'appId'),
      occurred_at: fact('number', 'When, in milliseconds since the epoch', 'occurredAt'),
      change_source: fact('string', 'What caused it, `CRM_UI`, …', 'changeSource'),
    },
  },
  ...eventsWith(PROPERTY_FACTS, {
    'contact.propertyChange': 'A property of a contact changed.',
    'company.propertyChange': 'A property of a company changed.',
    'deal.propertyChange': 'A property of a deal changed.',
    'ticket.propertyChange': 'A property of a ticket changed.',
    'object.propertyChange': 'A property of any record changed.',
  }),
  ...eventsWith(
    {},
    {
      contact: 'Something about a contact.',
      company: 'Something about a company.',
      deal: 'Something about a deal.',
      ticket: 'Something about a ticket.',
      conversation: 'Something about a conversation.',
      object: 'Something about any record.',
      'contact.creation': 'A contact was made.',
      'contact.deletion': 'A contact was deleted.',
      'contact.privacyDeletion': 'A contact is to be forgotten.',
      'deal.creation': 'A deal was made.',
    },
  ),
}

const SIGNATURE = {
  header: 'X-HubSpot-Signature-v3',
  algorithm: 'sha256',
  encoding: 'base64',
  timestamp: { header: 'X-HubSpot-Request-Timestamp', unit: 'ms', toleranceSeconds: 300 },
  template: '{method}{url}{body}{timestamp}',
  writeUrl: (url: string) => url.replace(DECODED, decodeURIComponent),
} as const

/** Webhooks of HubSpot apps, signature version 3; a delivery is a batch. `publicUrl` must be the URL given to HubSpot. */
export const hubspot = defineSource({
  name: 'hubspot',
  summary: 'Webhooks of HubSpot apps.',
  documentation:
    'https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation',
  options: z.object({ secret: secrets().describe('Client secret of the app.') }),
  events: catalogOf(EVENTS),
  create: ({ secret }, { clock }) => {
    const signature = hmacSignature(SIGNATURE, { secrets: secret, clock })
    return {
      verify: signature.verify,
      parse: (delivery) => jsonObjects(delivery).map(eventOf),
      sign: signature.sign,
    }
  },
})

function eventOf(payload: JsonObject): ParsedEvent {
  const type = checkedType(payload['subscriptionType'], '`subscriptionType` of an event')
  return { type, id: idOf(payload), facts: factsOf(EVENTS, { type, payload }), payload }
}

// HubSpot says that `eventId` alone may repeat. `attemptNumber` is left out: it counts deliveries of one event.
function idOf({ eventId, subscriptionId, objectId, occurredAt }: JsonObject): string | null {
  if (typeof eventId !== 'number' && typeof eventId !== 'string') return null
  return [eventId, subscriptionId, objectId, occurredAt].join(':')
}
