import { hash } from 'node:crypto'
import { z } from 'zod'
import {
  catalogOf,
  checkedType,
  type Delivery,
  type DeliveryDraft,
  defineSource,
  type EventTable,
  fact,
  factsOf,
  HooklineError,
  headerToken,
  isJsonObject,
  isJsonType,
  type JsonObject,
  mediaType,
  type ParsedEvent,
  parseJson,
  type SourceAnswer,
  secrets,
  tokenMatches,
  type Verdict,
} from '../../core/index.ts'

const BATCH = 'application/cloudevents-batch+json'
const PREFIX = 'ce-'
const REQUIRED = ['specversion', 'id', 'source', 'type'] as const
const MAX_ID_LENGTH = 500

const EVENTS: EventTable = {
  '*': {
    description:
      'Every event, under its own `type`. The payload is its JSON form, whichever way it was sent.',
    facts: {
      ce_source: fact('string', 'Where it happened (`source`)', 'source'),
      ce_id: fact('string', 'Its id within that source', 'id'),
      subject: fact('string', 'What it is about', 'subject'),
      time: fact('string', 'When it happened', 'time'),
      schema: fact('string', 'Where its data is described (`dataschema`)', 'dataschema'),
      content_type: fact('string', 'Media type of its data', 'datacontenttype'),
    },
  },
}

/** CloudEvents over HTTP: single events, binary or structured, and batches; with the handshake of its web hooks. */
export const cloudevents = defineSource({
  name: 'cloudevents',
  summary: 'CloudEvents over HTTP, as Azure Event Grid, Knative and others send them.',
  documentation: 'https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md',
  options: z.object({
    token: secrets().describe('Sent as `Authorization: Bearer`, or as `access_token` in the URL.'),
    origins: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Senders (`WebHook-Request-Origin`) that may begin to deliver; `*` for all. Default: none.',
      ),
    ratePerMinute: z
      .number()
      .int()
      .positive()
      .optional()
      .describe('Deliveries per minute that the handshake allows. Default: any number.'),
  }),
  events: catalogOf(EVENTS),
  create: ({ token, origins, ratePerMinute }) => {
    const bearer = headerToken({ header: 'Authorization', prefix: 'Bearer ', secrets: token })
    return {
      verify: (delivery) => verify(delivery, { token, bearer }),
      parse,
      answer: (delivery) => answer(delivery, { origins, rate: String(ratePerMinute ?? '*') }),
      seal: asStructured,
      sign: bearer.sign,
    }
  },
})

interface Proofs {
  readonly token: readonly string[]
  readonly bearer: ReturnType<typeof headerToken>
}

function verify(delivery: Delivery, { token, bearer }: Proofs): Verdict {
  const given = delivery.query.get('access_token')
  if (given === null || delivery.headers['authorization'] !== undefined)
    return bearer.verify(delivery)
  return tokenMatches(given, token)
    ? { ok: true }
    : { ok: false, reason: 'access_token in the URL does not match any secret' }
}

interface Handshake {
  readonly origins: readonly string[]
  readonly rate: string
}

// The handshake says that this place wants events; who sends them is told by the token of each delivery.
function answer({ method, headers }: Delivery, { origins, rate }: Handshake): SourceAnswer {
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
      'webhook-allowed-rate': rate,
    },
  }
}

function parse(delivery: Delivery): readonly ParsedEvent[] {
  const type = mediaType(delivery.headers['content-type'])
  const isBinary = delivery.headers[`${PREFIX}specversion`] !== undefined
  if (isBinary && !type.startsWith('application/cloudevents')) {
    return [eventOf(binaryEvent(delivery, type))]
  }
  if (!isJsonType(type)) {
    throw new HooklineError('content_type_unsupported', 'The content type is none of CloudEvents.')
  }
  const payload = delivery.json()
  if (type === BATCH && !Array.isArray(payload)) {
    throw new HooklineError('delivery_unparsable', 'The batch is not a JSON list.')
  }
  return Array.isArray(payload) ? payload.map(eventOf) : [eventOf(payload)]
}

function eventOf(event: unknown): ParsedEvent {
  if (!isJsonObject(event)) {
    throw new HooklineError('delivery_unparsable', 'The event is not a JSON object.')
  }
  for (const name of REQUIRED) {
    if (typeof event[name] === 'string' && event[name] !== '') continue
    throw new HooklineError('delivery_unparsable', `The attribute \`${name}\` is not a text.`)
  }
  const type = checkedType(event['type'], 'The attribute `type`')
  // An id is unique within its source only.
  const id = `${event['source']}#${event['id']}`
  return {
    type,
    id: id.length > MAX_ID_LENGTH ? `sha256:${hash('sha256', id)}` : id,
    facts: factsOf(EVENTS, { type, payload: event }),
    payload: event,
  }
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

/** The draft as an event in the structured mode, where its body is not one yet. */
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
