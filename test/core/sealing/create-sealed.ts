import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import { KeyRing } from '../../../core/sealing/key-ring.ts'
import { sealStore } from '../../../core/sealing/sealed-store.ts'
import type { StoreUnderTest } from '../../../core/testing/store.ts'
import { contextIn, createIn, createSqlite } from '../../plugins/stores/sqlite/create-sqlite.ts'

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
export function createSealed(): Promise<StoreUnderTest> {
  return createSqlite((folder, clock, keyFolder) => createSealedIn({ folder, clock, keyFolder }))
}
