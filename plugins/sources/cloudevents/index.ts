import { hash } from 'node:crypto'
import { z } from 'zod'
import {
  type Delivery,
  type DeliveryDraft,
  defineSource,
  type EventTable,
  HooklineError,
  headerToken,
  isJsonObject,
  isJsonType,
  type JsonObject,
  mediaType,
  parseJson,
  type SourceAnswer,
  type SourceEvent,
  secrets,
  tokenMatches,
} from '../../../core/sdk/source.ts'

const BATCH = 'application/cloudevents-batch+json'
const PREFIX = 'ce-'
const REQUIRED = ['specversion', 'id', 'source', 'type'] as const
const MAX_ID_LENGTH = 500

const EVENTS = {
  '*': {
    description:
      'Every event, under its own `type`. The payload is always the JSON form of the event.',
    facts: {
      ce_source: ['string', 'Origin of the event (`source`)', 'source'],
      ce_id: ['string', 'Id within that source', 'id'],
      subject: ['string', 'Subject of the event', 'subject'],
      time: ['string', 'Time of the event', 'time'],
      schema: ['string', 'Schema of its data (`dataschema`)', 'dataschema'],
      content_type: ['string', 'Media type of its data', 'datacontenttype'],
    },
  },
} satisfies EventTable

/** CloudEvents over HTTP: single events, binary or structured, and batches; with the handshake of its web hooks. */
export const cloudevents = defineSource({
  name: 'cloudevents',
  summary: 'CloudEvents over HTTP, as Azure Event Grid, Knative and others send them.',
  documentation: 'https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md',
  setup:
    'Give the sender the URL. It has to send the token as `Authorization: Bearer`, or as `access_token` in the URL.',
  generates: 'token',
  options: z.object({
    token: secrets().describe('Sent as `Authorization: Bearer`, or as `access_token` in the URL.'),
    origins: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Senders (`WebHook-Request-Origin`) that may start to deliver; `*` for all. Default: none.',
      ),
    ratePerMinute: z
      .number()
      .int()
      .positive()
      .optional()
      .describe('Deliveries per minute that the handshake allows. Default: any number.'),
  }),
  events: EVENTS,
  signature: ({ token }) => {
    const bearer = headerToken({ header: 'Authorization', prefix: 'Bearer ', secrets: token })
    return {
      verify: (delivery) => {
        const given = delivery.query.get('access_token')
        if (given === null || delivery.headers['authorization'] !== undefined) {
          return bearer.verify(delivery)
        }
        return tokenMatches(given, token)
          ? { ok: true }
          : { ok: false, reason: 'access_token in the URL does not match any secret' }
      },
      embedProof: asStructured,
      sign: bearer.sign,
    }
  },
  type: 'type',
  id: eventId,
  parse,
  answer,
})

interface Handshake {
  readonly origins: readonly string[]
  readonly ratePerMinute?: number | undefined
}

// The handshake only says that this URL accepts events. The token of each delivery proves its sender.
function answer(
  { method, headers }: Delivery,
  { origins, ratePerMinute }: Handshake,
): SourceAnswer {
  const origin = headers['webhook-request-origin']
  if (method !== 'OPTIONS' || origin === undefined) return undefined
  if (!origins.includes('*') && !origins.includes(origin)) {
    return { ok: false, reason: 'header WebHook-Request-Origin is not in `origins`' }
  }
  return {
    status: 200,
    headers: {
      allow: 'POST',
      'webhook-allowed-origin': origins.includes('*') ? '*' : origin,
      'webhook-allowed-rate': String(ratePerMinute ?? '*'),
    },
  }
}

function parse(delivery: Delivery): readonly SourceEvent[] {
  const type = mediaType(delivery.headers['content-type'])
  const isBinary = delivery.headers[`${PREFIX}specversion`] !== undefined
  if (isBinary && !type.startsWith('application/cloudevents')) {
    return [checkedEvent(binaryEvent(delivery, type))]
  }
  if (!isJsonType(type)) {
    throw new HooklineError('content_type_unsupported', 'The content type is none of CloudEvents.')
  }
  const payload = delivery.json()
  if (type === BATCH && !Array.isArray(payload)) {
    throw new HooklineError('delivery_unparsable', 'The batch is not a JSON list.')
  }
  return Array.isArray(payload) ? payload.map(checkedEvent) : [checkedEvent(payload)]
}

function checkedEvent(payload: unknown): SourceEvent {
  if (!isJsonObject(payload)) {
    throw new HooklineError('delivery_unparsable', 'The event is not a JSON object.')
  }
  for (const name of REQUIRED) {
    if (typeof payload[name] === 'string' && payload[name] !== '') continue
    throw new HooklineError('delivery_unparsable', `The attribute \`${name}\` is not a text.`)
  }
  return { payload }
}

/** An id is unique within its source only. */
function eventId(event: JsonObject): string {
  const id = `${event['source']}#${event['id']}`
  return id.length > MAX_ID_LENGTH ? `sha256:${hash('sha256', id)}` : id
}

/** Attributes from the headers and data from the body, as the JSON format writes them. */
function binaryEvent(delivery: Delivery, type: string): JsonObject {
  const attributes = Object.entries(delivery.headers)
    .filter(([name]) => name.startsWith(PREFIX))
    .map(([name, value]) => [name.slice(PREFIX.length), decoded(value ?? '')])
  const contentType = delivery.headers['content-type']
  return {
    ...Object.fromEntries(attributes),
    ...(contentType === undefined ? {} : { datacontenttype: contentType }),
    ...dataOf(delivery, type),
  }
}

function dataOf(delivery: Delivery, type: string): JsonObject {
  if (delivery.body.byteLength === 0) return {}
  if (isJsonType(type)) return { data: delivery.json() }
  if (type.startsWith('text/')) return { data: delivery.text() }
  return { data_base64: Buffer.from(delivery.body).toString('base64') }
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

/** The draft as an event in structured mode, unless its body already is one. */
function asStructured(draft: DeliveryDraft): DeliveryDraft {
  let data: unknown
  try {
    data = parseJson(Buffer.from(draft.body).toString())
  } catch {
    return draft
  }
  if (Array.isArray(data) || (isJsonObject(data) && data['specversion'] !== undefined)) return draft
  const { event: type, id, sentAt } = draft
  const event = { specversion: '1.0', id, source: '/hookline/send', type, time: sentAt, data }
  return { ...draft, body: Buffer.from(JSON.stringify(event)) }
}
