import { rm } from 'node:fs/promises'
import { onTestFinished } from 'vitest'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import { createIn, makeFolder } from './create-sqlite.ts'

/** An open store in a folder of its own. After the test, both are gone. */
export async function openSqlite(clock: () => number = Date.now): Promise<StoreInstance> {
  const folder = await makeFolder()
  const store = createIn(folder, clock)
  await store.open()
  onTestFinished(async () => {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })
  return store
}
