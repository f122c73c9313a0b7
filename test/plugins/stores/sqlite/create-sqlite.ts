import { statfsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PluginContext } from '../../../../core/contracts/plugin.ts'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import { SILENT_LOGGER } from '../../../../core/kit/silent-logger.ts'
import type { StoreUnderTest } from '../../../../core/testing/store.ts'
import { sqlite } from '../../../../plugins/stores/index.ts'

const ENOUGH_BYTES = 1024 ** 3
const PARENT = inMemory() ?? tmpdir()

/** What a store in a folder is created with. */
export function contextIn(folder: string, clock: () => number = Date.now): PluginContext {
  return {
    name: 'sqlite',
    baseDir: folder,
    dataDir: join(folder, 'data'),
    logger: SILENT_LOGGER,
    clock,
  }
}

/** A store over `hookline.db` in the folder, not yet open. */
export function createIn(folder: string, clock: () => number = Date.now): StoreInstance {
  return sqlite.definition.create({ path: 'hookline.db' }, contextIn(folder, clock))
}

export async function makeFolder(): Promise<string> {
  return mkdtemp(join(PARENT, 'hookline-sqlite-'))
}

/** The system's memory, where the folder may be large: a commit does not wait there for a disk that others use. */
function inMemory(): string | null {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm')
    return bavail * bsize >= ENOUGH_BYTES ? '/dev/shm' : null
  } catch {
    return null
  }
}

/**
 * An open store in a folder of its own, with a clock that the test moves.
 *
 * @param make Makes a store in a folder; `top` is the same for all that belong together.
 */
export async function createSqlite(
  make: (folder: string, clock: () => number, top: string) => StoreInstance = createIn,
): Promise<StoreUnderTest> {
  const folder = await makeFolder()
  let passed = 0
  const now = () => Date.now() + passed
  let store = make(folder, now, folder)
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
      store = make(folder, now, folder)
      await store.open()
      return store
    },
    async empty() {
      other ??= make(join(folder, 'other'), now, folder)
      return other
    },
    async dispose() {
      await other?.close()
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
