import type { DocumentStore, NewAuditEntry, StoredDocument } from '../contracts/document.ts'
import { HooklineError } from '../kit/errors.ts'
import { MANAGED_KINDS, type ManagedKind, type ManagedParts } from './managed-parts.ts'

/** A managed part as the store keeps it. */
export interface ManagedDocument {
  readonly name: string
  /** As it was sent; what is no JSON any more is text. */
  readonly form: unknown
  readonly version: number
  /** Milliseconds since the epoch. */
  readonly changedAt: number
}

/** All of the managed config at one moment. */
export interface ManagedSnapshot {
  readonly documents: { readonly [Kind in ManagedKind]: ReadonlyMap<string, ManagedDocument> }
  /** Grows with each change; 0 before the first. */
  readonly revision: number
}

export interface ManagedWrite {
  readonly kind: ManagedKind
  readonly name: string
  /** Null deletes it. */
  readonly form: Readonly<Record<string, unknown>> | null
  /** The version it must have; null: it must not be there. */
  readonly expect: number | null
}

// Written with every change: two changes that do not know of one another could make a config that nobody checked.
const GUARD = { collection: 'managed', name: 'revision' } as const
const MAX_READS = 20

/** Reads all of it. Throws `store_unavailable` where it changes all the time. */
export async function readManaged(store: DocumentStore): Promise<ManagedSnapshot> {
  let revision = await readRevision(store)
  for (let reads = 0; reads < MAX_READS; reads++) {
    const [sources, programs, rules] = await Promise.all(
      MANAGED_KINDS.map((kind) => store.documents(kind)),
    )
    const now = await readRevision(store)
    if (now === revision) {
      const documents = {
        sources: byName(sources),
        programs: byName(programs),
        rules: byName(rules),
      }
      return { documents, revision }
    }
    revision = now
  }
  throw new HooklineError('store_unavailable', 'The managed config changed while it was read')
}

/** Number of the newest change; 0 before the first. */
export async function readRevision(store: DocumentStore): Promise<number> {
  const guards = await store.documents(GUARD.collection)
  return guards.find(({ name }) => name === GUARD.name)?.version ?? 0
}

/** Writes one part, where nothing was changed since `revision`. Null where something was. */
export async function writeManaged(
  store: DocumentStore,
  { write, revision }: { readonly write: ManagedWrite; readonly revision: number },
  audit: NewAuditEntry,
): Promise<{ readonly version: number | null } | null> {
  const { kind, name, form, expect } = write
  const value = form === null ? null : JSON.stringify(form)
  const written = await store.writeDocuments(
    [
      { collection: kind, name, value, expect },
      { ...GUARD, value: '{}', expect: revision === 0 ? null : revision },
    ],
    audit,
  )
  return written.ok ? { version: written.versions[0] ?? null } : null
}

/** The parts of a snapshot, as a load takes them; with `write`, as they would be after it. */
export function partsOf({ documents }: ManagedSnapshot, write?: ManagedWrite): ManagedParts {
  const entries = MANAGED_KINDS.map((kind) => {
    const forms = new Map([...documents[kind]].map(([name, { form }]) => [name, form]))
    if (write?.kind === kind) {
      if (write.form === null) forms.delete(write.name)
      else forms.set(write.name, write.form)
    }
    return [kind, Object.fromEntries(forms)]
  })
  return Object.fromEntries(entries) as ManagedParts
}

function byName(documents: readonly StoredDocument[] = []): ReadonlyMap<string, ManagedDocument> {
  return new Map(
    documents.map(({ name, value, version, changedAt }) => {
      return [name, { name, form: formOf(value), version, changedAt }]
    }),
  )
}

// The loader then says that it must be an object, and where.
function formOf(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return '(not JSON)'
  }
}
