import type { DocumentStore, NewAuditEntry, StoredDocument } from '../../contracts/document.ts'
import { HooklineError } from '../../errors/errors.ts'
import { MANAGED_KINDS, type ManagedKind, type ManagedParts } from './kinds.ts'

/** A managed part in the store. */
export interface ManagedDocument {
  readonly name: string
  /** The part as it was sent; a text if the stored document is not valid JSON. */
  readonly form: unknown
  readonly version: number
  /** Milliseconds since the epoch. */
  readonly changedAt: number
}

/** The whole managed config at one moment. */
export interface ManagedSnapshot {
  readonly documents: { readonly [Kind in ManagedKind]: ReadonlyMap<string, ManagedDocument> }
  /** Increases with each change; 0 before the first. */
  readonly revision: number
}

export interface ManagedWrite {
  readonly kind: ManagedKind
  readonly name: string
  /** Null deletes it. */
  readonly form: Readonly<Record<string, unknown>> | null
  /** The version that must be stored; null: none may be stored. */
  readonly expect: number | null
}

// Every change also writes this document. Otherwise two concurrent changes could make a config that was never checked.
const GUARD = { collection: 'managed', name: 'revision' } as const
const MAX_READS = 20

/** Reads the whole managed config. Throws `store_unavailable` if it keeps changing. */
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

/** Writes one part. Returns null if anything was changed since `revision`. */
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

/** The parts of a snapshot in the form that a load takes; with `write`, as they would be after that change. */
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

// For a text, the loader reports that the part must be an object.
function formOf(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return '(not JSON)'
  }
}
