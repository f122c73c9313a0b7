import {
  bodyId,
  contentIds,
  type Delivery,
  eventTypeOf,
  type Facts,
  type FactValue,
  HooklineError,
  type ParsedEvent,
  partId,
  valueAt,
} from '../../../core/sdk/source.ts'
import { payloadsOf } from './batch.ts'
import type { CustomOptions } from './sender.ts'

/** Header of the event type if the options do not say where it is. */
export const DEFAULT_TYPE_HEADER = 'x-webhook-event'

/** Maximum number of facts that are read without being configured. */
const MAX_FOUND_FACTS = 50

const FACT_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

// The first four have another meaning in conditions; the others are special keys of objects.
const UNUSABLE_NAMES = [
  'event',
  'payload',
  'facts',
  'request',
  '__proto__',
  'constructor',
  'prototype',
]

/** The events of a delivery with this payload. */
export function eventsOf(
  delivery: Delivery,
  payload: unknown,
  options: CustomOptions,
): readonly ParsedEvent[] {
  const payloads = payloadsOf(payload, options.batch)
  const ids = idsOf(delivery, payloads, options)
  return payloads.map((own, index) => ({
    type: options.type ? namedType(delivery, own, options.type) : foundType(delivery, own),
    id: ids[index] ?? null,
    facts: options.facts ? namedFacts(own, options.facts) : foundFacts(own),
    payload: own,
  }))
}

function namedType(
  { headers }: Delivery,
  payload: unknown,
  { header, path, default: otherwise }: NonNullable<CustomOptions['type']>,
): string {
  const inHeader = header === undefined ? undefined : headers[header.toLowerCase()]
  if (inHeader !== undefined) return checkedType(inHeader, `header ${header}`)
  const inPayload = path === undefined ? undefined : valueAt(payload, path)
  if (inPayload === undefined || inPayload === null) return otherwise
  return checkedType(inPayload, `\`${path}\` of the payload`)
}

// `type` of a payload may mean something else, so a value that cannot be an event type is ignored.
function foundType({ headers }: Delivery, payload: unknown): string {
  const inHeader = headers[DEFAULT_TYPE_HEADER]
  if (inHeader !== undefined) return checkedType(inHeader, 'header X-Webhook-Event')
  for (const name of ['event', 'type']) {
    const type = eventTypeOf(valueAt(payload, name))
    if (type !== null) return type
  }
  return 'event'
}

function checkedType(value: unknown, place: string): string {
  const type = eventTypeOf(value)
  if (type !== null) return type
  throw new HooklineError(
    'delivery_unparsable',
    `The event type in ${place} has no letters or digits of ASCII, or others too, or is too long.`,
  )
}

function idsOf(
  { headers, body }: Delivery,
  payloads: readonly unknown[],
  { id, batch }: CustomOptions,
): readonly (string | null)[] {
  if (id === undefined) return []
  if ('hash' in id) {
    // A request without a body has its values in the URL.
    const isBodiless = body.byteLength === 0
    return batch === undefined && !isBodiless ? [bodyId(body)] : contentIds(payloads)
  }
  if ('header' in id) {
    return payloads.map((_, index) => partId(headers[id.header.toLowerCase()], index, payloads))
  }
  return payloads.map((payload) => {
    const value = valueAt(payload, id.path)
    return ['string', 'number', 'bigint'].includes(typeof value) ? String(value) || null : null
  })
}

function namedFacts(payload: unknown, paths: Readonly<Record<string, string>>): Facts {
  return Object.fromEntries(
    Object.entries(paths).map(([name, path]) => {
      const value = valueAt(payload, path)
      return [name, isFactValue(value) ? value : null]
    }),
  )
}

function foundFacts(payload: unknown): Facts {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return {}
  const facts: [string, FactValue][] = []
  for (const [name, value] of Object.entries(payload)) {
    if (facts.length === MAX_FOUND_FACTS) break
    if (!isFactValue(value) || !FACT_NAME.test(name) || UNUSABLE_NAMES.includes(name)) continue
    facts.push([name, value])
  }
  return Object.fromEntries(facts)
}

function isFactValue(value: unknown): value is FactValue {
  return value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value)
}
