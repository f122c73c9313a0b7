import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeEntry } from '../../../../core/testing/store-cases/make-entry.ts'
import {
  openDatabase,
  type SqliteDatabase,
} from '../../../../plugins/stores/sqlite/database/database.ts'
import {
  createWriteBack,
  type WriteBack,
} from '../../../../plugins/stores/sqlite/database/write-back.ts'
import { createIn, makeFolder } from './create-sqlite.ts'

const MIB = 2 ** 20
const BODY = Buffer.alloc(64 * 1024, '1')
const PAGES = 64

let folder: string
let path: string
const threads: Worker[] = []
const keep = (thread: Worker) => threads.push(thread)
beforeEach(async () => {
  folder = await makeFolder()
  path = join(folder, 'hookline.db')
  threads.length = 0
  process.on('worker', keep)
})
afterEach(async () => {
  process.off('worker', keep)
  await rm(folder, { recursive: true, force: true })
})

describe('writing back the WAL', () => {
  it('goes on beside the commits, so that the WAL begins anew', { timeout: 30_000 }, async () => {
    const store = createIn(folder)
    await store.open()
    let longest = 0
    for (let round = 0; round < 200; round++) {
      await Promise.all(
        Array.from({ length: 8 }, () => store.accept(makeEntry({}, { body: BODY }))),
      )
      longest = Math.max(longest, statSync(`${path}-wal`).size)
    }
    expect(longest).toBeLessThan(96 * MIB)
    // Without that, the file would have next to nothing before it is closed.
    expect(statSync(path).size).toBeGreaterThan(50 * MIB)
    await store.close()
    expect(existsSync(`${path}-wal`)).toBe(false)
    expect(integrityOf(path)).toBe('ok')
  })

  it('begins again with another thread where one has died', async () => {
    const database = openTable()
    const writeBack = createWriteBack(database, path, PAGES)
    insert(database, writeBack, 20)
    await sleep(0)
    expect(threads).toHaveLength(1)
    await threads[0]?.terminate()
    insert(database, writeBack, 20)
    await sleep(0)
    expect(threads).toHaveLength(2)
    await once(threads[1] as Worker, 'message')
    expect(statSync(path).size).toBeGreaterThan(30 * BODY.byteLength)
    await writeBack.close()
    expect(existsSync(`${path}-wal`)).toBe(false)
    expect(countIn(path)).toBe(40)
  })

  it('is left to the commits where there can be no thread', async () => {
    const database = openTable()
    const writeBack = createWriteBack(database, join(folder, 'none', 'hookline.db'), PAGES)
    insert(database, writeBack, 40)
    await sleep(0)
    expect(threads).toEqual([])
    await writeBack.close()
    expect(countIn(path)).toBe(40)
  })

  it('is not begun by what changes nothing', async () => {
    const database = openTable()
    const writeBack = createWriteBack(database, path, PAGES)
    for (let count = 0; count < 40; count++) writeBack.committed()
    await sleep(0)
    expect(threads).toEqual([])
    await writeBack.close()
  })
})

function openTable(): SqliteDatabase {
  const database = openDatabase(path)
  database.connection.exec('CREATE TABLE bodies (body BLOB)')
  return database
}

/** Each in a commit of its own. */
function insert(database: SqliteDatabase, writeBack: WriteBack, count: number): void {
  const statement = database.prepare('INSERT INTO bodies (body) VALUES (?)')
  for (let index = 0; index < count; index++) {
    statement.run(BODY)
    writeBack.committed()
  }
}

function countIn(file: string): unknown {
  return read(file, 'SELECT count(*) FROM bodies')
}

function integrityOf(file: string): unknown {
  return read(file, 'PRAGMA integrity_check')
}

function read(file: string, sql: string): unknown {
  const database = new DatabaseSync(file, { readOnly: true })
  const row = database.prepare(sql).get()
  database.close()
  return Object.values(row ?? {})[0]
}
