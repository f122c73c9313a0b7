import type { EventScheme } from './event-reader.ts'
import { type EventTable, factsOf, typesAbove } from './event-table.ts'
import type { JsonObject } from './payload.ts'
import type { ValueLocations } from './value-location.ts'

/** An own property of a payload could change what all objects inherit under these names. */
const UNSAFE = new Set(['__proto__', 'constructor', 'prototype'])

/** A payload of an event that has type, action and facts where a scheme reads them; what functions read is missing. */
export function samplePayload(
  { events, type, action }: Pick<EventScheme, 'events' | 'type' | 'action'>,
  event: string,
): JsonObject {
  const payload: Record<string, unknown> = {}
  const [word = event] = action === undefined ? [event] : event.split('.', 1)
  setAt(payload, pathOf(type), word)
  setAt(payload, pathOf(action), event.slice(word.length + 1) || undefined)
  for (const name of ['*', ...typesAbove(event), event]) {
    for (const [fact, [factType, , ...locations]] of Object.entries(factsOfType(events, name))) {
      const path = pathOf(locations)
      // An action that the event does not have would make it another event.
      if (path !== pathOf(action)) setAt(payload, path, sampleValue(fact, factType))
    }
  }
  return payload
}

function factsOfType(events: EventTable, type: string) {
  const event = Object.hasOwn(events, type) ? events[type] : undefined
  return event === undefined ? {} : factsOf(event)
}

function sampleValue(name: string, type: 'string' | 'number' | 'boolean'): unknown {
  if (type === 'boolean') return false
  if (type === 'number') return 1
  if (/url|link/i.test(name)) return 'https://example.com/'
  return /time|date|_at$/i.test(name) ? '2026-01-01T12:00:00Z' : `sample-${name}`
}

/** The first location that is a path. */
function pathOf(locations: ValueLocations | undefined): string | undefined {
  return [locations].flat().find((location) => typeof location === 'string')
}

/** Sets a value at a dotted path, unless something is there. */
function setAt(payload: Record<string, unknown>, path: string | undefined, value: unknown): void {
  if (path === undefined || value === undefined) return
  const steps = path.split('.')
  if (steps.some((step) => UNSAFE.has(step))) return
  let parent: Record<string, unknown> = payload
  for (const [index, step] of steps.slice(0, -1).entries()) {
    parent[step] ??= /^\d+$/.test(steps[index + 1] ?? '') ? [] : {}
    const next = parent[step]
    if (typeof next !== 'object' || next === null) return
    parent = next as Record<string, unknown>
  }
  const last = steps.at(-1) ?? ''
  parent[last] ??= value
}
