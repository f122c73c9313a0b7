import type { ProgramSettings } from '../contracts/config.ts'
import type { Facts, WebhookEvent } from '../contracts/event.ts'
import { HooklineError } from '../kit/errors.ts'
import { parseExact } from './exact-json.ts'

const PAYLOAD = 'payload'
const ARRAY_INDEX = /^(0|[1-9]\d*)$/

/** What the values of params are taken from. */
export interface ArgsSource {
  readonly event: WebhookEvent
  /** The event's payload as JSON text. */
  readonly payload: string
}

type Param = ProgramSettings['params'][number]

/**
 * The values of a program's params, in order. A name means the fact of that name, else `event.type`, `event.id` or
 * `event.source`, else a path in the payload. Throws `param_missing` or `param_refused`, without the value.
 */
export function buildArgs(
  source: ArgsSource,
  settings: Pick<ProgramSettings, 'params' | 'allowLeadingDash'>,
): readonly string[] {
  return settings.params.map((param) => {
    const found = findValue(source, param.name)
    if (found?.startsWith('-') && !settings.allowLeadingDash) {
      throw new HooklineError(
        'param_refused',
        `The value of the param \`${param.name}\` starts with \`-\` and could be taken for an option.`,
      )
    }
    return checkArgument(param, found ?? param.default)
  })
}

function checkArgument(param: Param, value: string | null): string {
  if (value === null) {
    throw new HooklineError(
      'param_missing',
      `The event has no value for the param \`${param.name}\`, and the param has no default.`,
    )
  }
  if (value.includes('\0')) {
    throw new HooklineError(
      'param_refused',
      `The value of the param \`${param.name}\` holds a NUL character, which no argument can.`,
      { remedy: 'Let the program read the value from the event on standard input.' },
    )
  }
  return value
}

function findValue({ event, payload }: ArgsSource, name: string): string | null {
  if (Object.hasOwn(event.facts, name)) return factText(event.facts, name)
  if (name === 'event.type') return event.type
  if (name === 'event.id') return event.id
  if (name === 'event.source') return event.source
  if (name === PAYLOAD) return payload
  const path = name.startsWith(`${PAYLOAD}.`) ? name.slice(PAYLOAD.length + 1) : name
  const segments = path.split('.')
  const value = valueAt(event.payload, segments)
  // Only now is it worth the slower way of parsing that keeps every number as it was sent.
  const inexact = typeof value === 'number' ? !Number.isSafeInteger(value) : isObject(value)
  return asText(inexact ? valueAt(parseExact(payload), segments) : value)
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
