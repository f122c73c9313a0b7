import { hash } from 'node:crypto'
import {
  type Delivery,
  eventTypeOf,
  type Facts,
  type FactValue,
  HooklineError,
  type ParsedEvent,
  valueAt,
} from '../../../core/sdk/source.ts'
import type { CustomOptions } from './options.ts'

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

/** The event of a delivery with this payload. */
export function eventOf(delivery: Delivery, payload: unknown, options: CustomOptions): ParsedEvent {
  return {
    type: options.type ? namedType(delivery, payload, options.type) : foundType(delivery, payload),
    id: idOf(delivery, payload, options.id),
    facts: options.facts ? namedFacts(payload, options.facts) : foundFacts(payload),
    payload,
  }
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

function idOf(delivery: Delivery, payload: unknown, option: CustomOptions['id']): string | null {
  if (option === undefined) return null
  if ('hash' in option) return `sha256:${hash('sha256', delivery.body)}`
  if ('header' in option) return delivery.headers[option.header.toLowerCase()] || null
  const value = valueAt(payload, option.path)
  return ['string', 'number', 'bigint'].includes(typeof value) ? String(value) || null : null
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
