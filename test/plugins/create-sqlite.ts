import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PluginContext, StoreInstance } from '../../core/index.ts'
import { sqlite } from '../../plugins/stores/index.ts'
import type { StoreUnderTest } from '../contracts/store.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

/** What a store in a folder is created with. */
export function contextIn(folder: string, clock: () => number = Date.now): PluginContext {
  return { name: 'sqlite', baseDir: folder, dataDir: join(folder, 'data'), logger: quiet, clock }
}

/** A store over `hookline.db` in the folder, not yet open. */
export function createIn(folder: string, clock: () => number = Date.now): StoreInstance {
  return sqlite.definition.create({ path: 'hookline.db' }, contextIn(folder, clock))
}

export async function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'hookline-sqlite-'))
}

/** An open store in a folder of its own, with a clock that the test moves. */
export async function createSqlite(): Promise<StoreUnderTest> {
  const folder = await makeFolder()
  let passed = 0
  const now = () => Date.now() + passed
  let store = createIn(folder, now)
  const first = store
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
      store = createIn(folder, now)
      await store.open()
      return store
    },
    async empty() {
      other ??= createIn(join(folder, 'other'), now)
      return other
    },
    async dispose() {
      await other?.close()
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
