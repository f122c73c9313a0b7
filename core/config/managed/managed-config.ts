import type { NewAuditEntry } from '../../contracts/document.ts'
import type { PluginLogger } from '../../contracts/plugin.ts'
import type { StoreInstance } from '../../contracts/store.ts'
import { HooklineError, isHooklineError } from '../../errors/errors.ts'
import { Passes } from '../../kit/passes.ts'
import type { Fault } from '../fault.ts'
import type { CheckResult, LiveConfig } from '../load/live.ts'
import {
  type ManagedSnapshot,
  type ManagedWrite,
  partsOf,
  readManaged,
  readRevision,
  writeManaged,
} from './documents.ts'
import { MANAGED_KINDS } from './kinds.ts'

/** How often to look for changes. A store may also notify of them at once. */
const POLL_MS = 5000

type DocumentStore = Pick<
  StoreInstance,
  'collections' | 'documents' | 'writeDocuments' | 'documentsVersion' | 'subscribe'
>

export interface ManagedConfigOptions {
  readonly live: LiveConfig
  readonly store: DocumentStore
  readonly logger: PluginLogger
  /** Default 5000. */
  readonly pollMs?: number
}

/** Brings changes of the managed config in the store into the config in force, whichever node made them. */
export class ManagedConfig {
  readonly #live: LiveConfig
  readonly #store: DocumentStore
  readonly #passes: Passes
  readonly #unsubscribe: () => void
  /** Version of the store's documents when they were last read. */
  #seen = -1

  private constructor({ live, store, logger, pollMs = POLL_MS }: ManagedConfigOptions) {
    this.#live = live
    this.#store = store
    const follow = async () => {
      await this.#follow()
      return pollMs
    }
    const fault = 'changes of the managed config could not be read'
    this.#passes = new Passes({ pass: follow, logger, fault })
    this.#passes.start(pollMs)
    this.#unsubscribe = store.subscribe((change) => {
      if (change.kind !== 'documents') return
      if (MANAGED_KINDS.some((kind) => kind === change.collection)) this.#passes.wake()
    })
  }

  /** Loads the managed config of an open store and follows its changes. Throws `config_invalid` if it has faults. */
  static async open(options: ManagedConfigOptions): Promise<ManagedConfig> {
    const { live, store } = options
    try {
      await live.manage(async () => {
        const snapshot = await readManaged(store)
        return { parts: partsOf(snapshot), revision: snapshot.revision }
      })
    } catch (error) {
      throw startFault(error)
    }
    return new ManagedConfig(options)
  }

  /** The managed config in the store. It may differ from the config in force if a change had faults. */
  read(): Promise<ManagedSnapshot> {
    return readManaged(this.#store)
  }

  /** Checks the config as it would be after a change, or as it is stored. Changes nothing. */
  check(snapshot: ManagedSnapshot, write?: ManagedWrite): Promise<CheckResult> {
    return this.#live.check(partsOf(snapshot, write))
  }

  /**
   * Commits a checked change and brings it into force on this node. Returns null if the config was changed since the
   * snapshot. `fault` says why a committed change is not in force.
   */
  async commit(
    snapshot: ManagedSnapshot,
    write: ManagedWrite,
    audit: NewAuditEntry,
  ): Promise<{ readonly version: number | null; readonly fault: HooklineError | null } | null> {
    const { revision } = snapshot
    // The store's notification of this write is handled after the change is in force.
    return this.#passes.alone(async () => {
      const written = await writeManaged(this.#store, { write, revision }, audit)
      if (written === null) return null
      const reloaded = await this.#live.reload('changed')
      return { ...written, fault: reloaded.ok ? null : reloaded.error }
    })
  }

  /** Stops following changes. */
  async close(): Promise<void> {
    this.#unsubscribe()
    await this.#passes.stop()
  }

  async #follow(): Promise<void> {
    const version = await this.#store.documentsVersion()
    const isBehind = this.#live.managedRevision === null
    if (version === this.#seen && !isBehind) return
    const revision = await readRevision(this.#store)
    if (revision !== this.#live.managedRevision) await this.#live.reload('changed')
    this.#seen = version
  }
}

// A node does not start without a faulty part, since the tasks of a rule would be lost. So the error says how to remove it.
function startFault(error: unknown): unknown {
  if (!isHooklineError(error) || error.code !== 'config_invalid') return error
  const faults = (error.fields['faults'] ?? []) as readonly Fault[]
  const withWayOut = faults.map((fault) => {
    const [, kind, name] = fault.pointer.split('/')
    if (fault.file !== null || name === undefined) return fault
    const remedy = `${fault.remedy} Or remove it: \`hookline managed delete ${kind} ${name}\`.`
    return { ...fault, remedy }
  })
  return new HooklineError('config_invalid', error.message, {
    cause: error,
    remedy: 'Correct each fault, or remove managed parts with `hookline managed delete KIND NAME`.',
    fields: { ...error.fields, faults: withWayOut },
  })
}
