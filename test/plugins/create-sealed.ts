import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoreInstance } from '../../core/index.ts'
import { KeyRing } from '../../core/kit/sealing/key-ring.ts'
import { sealStore } from '../../core/kit/sealing/sealed-store.ts'
import type { StoreUnderTest } from '../contracts/store.ts'
import { contextIn, createIn, makeFolder } from './create-sqlite.ts'

export interface SealedOptions {
  readonly folder: string
  readonly clock?: () => number
  readonly env?: Readonly<Record<string, string>>
  /** Default: true. */
  readonly encryptPayloads?: boolean
  /** Where its key is. Default: `folder`. */
  readonly keyFolder?: string
}

/** A SQLite store in the folder that seals all it can, not yet open, with its key in the folder too. */
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

/** As `createSqlite`, sealed. */
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
