import { hash } from 'node:crypto'
import {
  type Delivery,
  type Facts,
  type FactValue,
  HooklineError,
  isEventType,
  type ParsedEvent,
  valueAt,
} from '../../../core/index.ts'
import type { CustomOptions } from './options.ts'

/** Header of the event type where the options name no place for it. */
export const DEFAULT_TYPE_HEADER = 'x-webhook-event'

/** Facts taken from the payload by themselves, at most. */
export const MAX_FOUND_FACTS = 50

const FACT_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

// Conditions know the first three as something else; the others are no plain keys of an object.
const UNUSABLE_NAMES = ['event', 'payload', 'facts', '__proto__', 'constructor', 'prototype']

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

// A payload's `type` may be something else than its event type, so one that cannot be is passed over.
function foundType({ headers }: Delivery, payload: unknown): string {
  const inHeader = headers[DEFAULT_TYPE_HEADER]
  if (inHeader !== undefined) return checkedType(inHeader, 'header X-Webhook-Event')
  for (const name of ['event', 'type']) {
    const value = valueAt(payload, name)
    if (typeof value === 'string' && isEventType(value)) return value
  }
  return 'event'
}

function checkedType(value: unknown, place: string): string {
  if (typeof value === 'string' && isEventType(value)) return value
  throw new HooklineError(
    'delivery_unparsable',
    `The event type in ${place} is not made of letters, digits and _ : / -, joined by dots.`,
  )
}

function idOf(delivery: Delivery, payload: unknown, option: CustomOptions['id']): string | null {
  if (option === undefined) return null
  if ('hash' in option) return `sha256:${hash('sha256', delivery.body)}`
  if ('header' in option) return delivery.headers[option.header.toLowerCase()] || null
  const value = valueAt(payload, option.path)
  return typeof value === 'string' || typeof value === 'number' ? String(value) || null : null
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
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}
