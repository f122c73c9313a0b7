import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { DocumentStore } from '../contracts/document.ts'
import type { HookState, RemoteHook, WantedHook } from '../contracts/provider/registration.ts'
import { type ProviderPlace, placeName } from '../sdk/api/place.ts'
import { documentRecords } from '../work/document-records.ts'

export const COLLECTION = 'registrations'

const stateSchema = z.object({
  url: z.string(),
  events: z.array(z.string()),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
})

const recordSchema = z.object({
  source: z.string(),
  target: z.string(),
  /** The provider's id; null: none is known. */
  id: z.string().nullable(),
  /** The URL that was registered, or is about to be. */
  url: z.string(),
  /** Digest of what was wanted; null: never registered. */
  wanted: z.string().nullable(),
  /** The webhook as the provider showed it after the last change. */
  remote: stateSchema.nullable(),
  /** A person asked for it, with these events in the provider's words; null: those of the config or of the rules. */
  added: z
    .object({ events: z.array(z.string()).nullable() })
    .nullable()
    .default(null),
  /** Removed on request: it is not registered again without one. */
  removed: z.boolean(),
  fault: z.object({ code: z.string(), message: z.string(), remedy: z.string() }).nullable(),
  /** Calls that failed in a row. */
  failures: z.int(),
  /** When it is tried again or looked at again; milliseconds since the epoch. */
  nextAt: z.number(),
  checkedAt: z.number().nullable(),
})

/** What is known about the webhook of one source at one target. */
export type RegistrationRecord = z.output<typeof recordSchema>

export type RegistrationStore = Pick<DocumentStore, 'documents' | 'writeDocuments'>

export function newRecord(source: string, target: string): RegistrationRecord {
  const known = { id: null, url: '', wanted: null, remote: null, added: null, removed: false }
  return { source, target, ...known, fault: null, failures: 0, nextAt: 0, checkedAt: null }
}

/** Targets that the config need not name. */
export async function addedTargets(store: RegistrationStore): Promise<readonly ProviderPlace[]> {
  return [...(await readRecords(store)).values()].filter(({ added }) => added !== null)
}

/** All records by `placeName`. What a newer version wrote otherwise is left out. */
export function readRecords(
  store: RegistrationStore,
): Promise<ReadonlyMap<string, RegistrationRecord>> {
  return documentRecords(store, COLLECTION, recordSchema)
}

export async function writeRecord(store: RegistrationStore, record: RegistrationRecord) {
  const value = JSON.stringify(record)
  await store.writeDocuments([{ collection: COLLECTION, name: placeName(record), value }], null)
}

export async function forgetRecord(store: RegistrationStore, record: RegistrationRecord) {
  await store.writeDocuments(
    [{ collection: COLLECTION, name: placeName(record), value: null }],
    null,
  )
}

export function digestOf({ url, events, settings, mark }: WantedHook): string {
  const text = JSON.stringify([url, events, Object.entries(settings).toSorted(), mark])
  return createHash('sha256').update(text).digest('base64url')
}

export function stateOf({ url, events, settings }: RemoteHook): HookState {
  return { url, events: [...events], settings: { ...settings } }
}

/** What differs between two states, a line each: `url: a → b`, `events: +push −release`, `active: false → true`. */
export function differences(from: HookState | null, to: HookState): readonly string[] {
  if (from === null) return [`url: ${to.url}`, `events: ${to.events.join(' ')}`]
  const added = to.events.filter((event) => !from.events.includes(event)).map((name) => `+${name}`)
  const removed = from.events
    .filter((event) => !to.events.includes(event))
    .map((name) => `-${name}`)
  const settings = Object.entries(to.settings)
    .filter(([name, value]) => from.settings[name] !== value)
    .map(([name, value]) => `${name}: ${from.settings[name] ?? 'unset'} → ${value}`)
  return [
    ...(from.url === to.url ? [] : [`url: ${from.url} → ${to.url}`]),
    ...(added.length + removed.length === 0 ? [] : [`events: ${[...added, ...removed].join(' ')}`]),
    ...settings,
  ]
}
