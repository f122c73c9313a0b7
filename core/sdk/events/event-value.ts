import type { EventRequest, Facts, WebhookEvent } from '../../contracts/event.ts'
import type { ProgramRun } from '../../contracts/executor.ts'
import { HooklineError } from '../../errors/errors.ts'
import { parseExact } from '../../kit/exact-json.ts'

const PAYLOAD = 'payload'
/** `request.method` and the like, or one header or parameter: `request.headers.x-ref`. */
const REQUEST_PART = /^request\.(?:(method|path|client|body|headers|query)|(headers|query)\.(.+))$/s
/** `previous` or a part of it: `previous.result.image`. */
const PREVIOUS = /^previous(?:\.|$)/
const ARRAY_INDEX = /^(0|[1-9]\d*)$/

/** The event that named values are read from. */
export interface ValueSource {
  readonly event: WebhookEvent
  /** The event's payload as JSON text, with every number as it was sent. */
  readonly payload: string
}

/** The values of a run's event, for `findText` and templates. To read the payload throws `delivery_unparsable` if it is not JSON. */
export function valuesOf(run: Pick<ProgramRun, 'event' | 'stdin'>): ValueSource {
  return new RunValues(run)
}

class RunValues implements ValueSource {
  readonly event: WebhookEvent
  readonly #run: Pick<ProgramRun, 'stdin'>
  #text: string | undefined

  constructor(run: Pick<ProgramRun, 'event' | 'stdin'>) {
    this.event = run.event
    this.#run = run
  }

  get payload(): string {
    // Not from the parsed payload, in which numbers above 2^53 have lost digits.
    this.#text ??= JSON.stringify(payloadOf(this.#run.stdin) ?? null)
    return this.#text
  }
}

function payloadOf(stdin: string): unknown {
  try {
    return (parseExact(stdin) as { readonly payload?: unknown }).payload
  } catch {
    // The parser's own message quotes the payload.
    throw new HooklineError('delivery_unparsable', "The event's payload is not JSON.", {
      fields: { retryable: false },
    })
  }
}

/**
 * The value of a name as text; null where the event has none. In a step of `then`, `previous` and what begins with `previous.` are
 * the step before it. `approvalLink` is the link that approves the task of the event, if there is one. Else a name means the fact of that name, else `event.type`,
 * `event.id` or `event.source`, else a part of the request (`request.query.ref`), else a path in the payload, with or
 * without `payload.` before it. Objects and lists are given as JSON.
 */
export function findText(source: ValueSource, name: string): string | null {
  const { event } = source
  if (event.previous !== undefined && PREVIOUS.test(name)) {
    return asText(valueAt({ previous: event.previous }, name.split('.')))
  }
  if (name === 'approvalLink' && event.approvalLink !== undefined) return event.approvalLink
  if (Object.hasOwn(event.facts, name)) return factText(event.facts, name)
  if (name === 'event.type') return event.type
  if (name === 'event.id') return event.id
  if (name === 'event.source') return event.source
  if (name === PAYLOAD) return source.payload
  const part = REQUEST_PART.exec(name)
  if (part !== null) return requestText(event.request, part)
  const path = name.startsWith(`${PAYLOAD}.`) ? name.slice(PAYLOAD.length + 1) : name
  const segments = path.split('.')
  const value = valueAt(event.payload, segments)
  // Exact parsing is slower, so it is used only for values that need it.
  const inexact = typeof value === 'number' ? !Number.isSafeInteger(value) : isObject(value)
  return asText(inexact ? valueAt(parseExact(source.payload), segments) : value)
}

function requestText(
  request: EventRequest | undefined,
  [, field = '', map = '', key = '']: RegExpExecArray,
): string | null {
  if (request === undefined) return null
  if (map === '') return asText(request[field as keyof EventRequest])
  const values = request[map as 'headers' | 'query']
  const name = map === 'headers' ? key.toLowerCase() : key
  return Object.hasOwn(values, name) ? (values[name] ?? null) : null
}

function factText(facts: Facts, name: string): string | null {
  const value = facts[name]
  return value === null || value === undefined ? null : String(value)
}

function valueAt(root: unknown, segments: readonly string[]): unknown {
  let value = root
  for (const segment of segments) {
    if (!isObject(value) || !Object.hasOwn(value, segment)) return undefined
    if (Array.isArray(value) && !ARRAY_INDEX.test(segment)) return undefined
    value = value[segment]
  }
  return value
}

function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return isObject(value) ? JSON.stringify(value) : String(value)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
