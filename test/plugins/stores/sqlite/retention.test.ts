import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import { acceptTask, makeEntry } from '../../../../core/testing/store-cases/make-entry.ts'
import { aged, KEEP_ALL, prune } from '../../../../core/testing/store-cases/pruning.ts'
import { MIGRATIONS } from '../../../../plugins/stores/sqlite/database/migrations.ts'
import { createIn, makeFolder } from './create-sqlite.ts'

const PROGRAM = join(import.meta.dirname, '../../../fixtures/sqlite/prune-forever.ts')
const KILLS = 3
const DAY_MS = 86_400_000
const MIB = 1024 * 1024
/** About 20 MiB. */
const OLD = { count: 2_500, bodyBytes: 7_000 }

let folder: string
beforeEach(async () => {
  folder = await makeFolder()
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function acceptOld(store: StoreInstance): Promise<void> {
  const body = randomBytes(OLD.bodyBytes)
  const start = Date.now() - 2 * DAY_MS
  const entries = Array.from({ length: OLD.count }, (_, index) =>
    makeEntry({ programs: [] }, { ...aged(start + index), body }),
  )
  await Promise.all(entries.map((entry) => store.accept(entry)))
}

function faultsIn(file: string): unknown[] {
  const reader = new DatabaseSync(file, { readOnly: true })
  const faults = [
    ...reader.prepare('PRAGMA integrity_check').all(),
    ...reader.prepare('PRAGMA foreign_key_check').all(),
  ]
  reader.close()
  return faults.filter((row) => Object.values(row)[0] !== 'ok')
}

describe('sqlite, deleting what is old', () => {
  const request = { ...KEEP_ALL, limit: 500 }
  const file = () => join(folder, 'hookline.db')

  it('gives the space of what went back to the file system, and takes deliveries meanwhile', async () => {
    const store = createIn(folder)
    await store.open()
    await acceptOld(store)
    const pruning = prune(store, { ...request, deliveriesBefore: Date.now() - DAY_MS })
    const taskIds = await Promise.all(Array.from({ length: 200 }, () => acceptTask(store)))
    expect(await pruning).toMatchObject({ deliveries: OLD.count, more: false })
    for (const id of taskIds) expect(await store.task(id)).toMatchObject({ state: 'waiting' })
    expect(faultsIn(file())).toEqual([])
    await store.close()
    expect(statSync(file()).size).toBeLessThan(10 * MIB)
  })

  it('deletes from a database that was made without that, whose file keeps its size', async () => {
    const old = new DatabaseSync(file())
    old.exec(`PRAGMA page_size = 8192; BEGIN; ${MIGRATIONS[0]}; PRAGMA user_version = 1; COMMIT`)
    old.close()
    const store = createIn(folder)
    await store.open()
    await acceptOld(store)
    const pruned = await prune(store, { ...request, deliveriesBefore: Date.now() - DAY_MS })
    expect(pruned.deliveries).toBe(OLD.count)
    await store.close()
    expect(statSync(file()).size).toBeGreaterThan(15 * MIB)
    expect(faultsIn(file())).toEqual([])
  })

  it('is whole after kill -9 at any moment of it', { timeout: 60_000 }, async () => {
    const answered: string[] = []
    for (let kill = 0; kill < KILLS; kill++) {
      const child = spawn(process.execPath, [PROGRAM, folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const output = text(child.stdout)
      await once(child.stdout, 'data')
      await sleep(100 + Math.random() * 300)
      child.kill('SIGKILL')
      const lines = (await output).split('\n').slice(0, -1)
      answered.push(...lines.filter((line) => line.startsWith('tsk_')))
      expect(lines).toContain('pruned')
    }
    const store = createIn(folder)
    await store.open()
    for (const id of answered) expect(await store.task(id)).toMatchObject({ state: 'waiting' })
    await store.close()
    expect(faultsIn(file())).toEqual([])
  })
})
