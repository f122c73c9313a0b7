import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import { KeyRing } from '../../../core/sealing/key-ring.ts'
import { sealStore } from '../../../core/sealing/sealed-store.ts'
import type { StoreUnderTest } from '../../../core/testing/store.ts'
import { contextIn, createIn, makeFolder } from '../../plugins/stores/sqlite/create-sqlite.ts'

export interface SealedOptions {
  readonly folder: string
  readonly clock?: () => number
  readonly env?: Readonly<Record<string, string>>
  /** Default: true. */
  readonly encryptPayloads?: boolean
  /** Folder of its key. Default: `folder`. */
  readonly keyFolder?: string
}

/** A SQLite store in the folder that seals payloads too, not yet open. Its key is in the folder. */
export function createSealedIn(options: SealedOptions): StoreInstance {
  const { folder, clock = Date.now, env = {}, encryptPayloads = true } = options
  const { keyFolder = folder } = options
  return sealStore({
    store: createIn(folder, clock),
    keys: new KeyRing({ env, dataDir: join(keyFolder, 'data') }),
    encryptPayloads: () => encryptPayloads,
    logger: contextIn(folder).logger,
    clock,
  })
}

export function newKey(): string {
  return randomBytes(32).toString('base64')
}

/** Like `createSqlite`, but sealed. */
export async function createSealed(): Promise<StoreUnderTest> {
  const folder = await makeFolder()
  let passed = 0
  const now = () => Date.now() + passed
  const make = () => createSealedIn({ folder, clock: now })
  const first = make()
  let store = first
  let other: StoreInstance | null = null
  await store.open()
  return {
    store: first,
    now,
    advance(milliseconds) {
      passed += milliseconds
    },
    async reopen() {
      await store.close()
      store = make()
      await store.open()
      return store
    },
    async empty() {
      other ??= createSealedIn({ folder: join(folder, 'other'), keyFolder: folder, clock: now })
      return other
    },
    async dispose() {
      await other?.close()
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
