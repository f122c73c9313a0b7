import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
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
const BODY = randomBytes(64 * 1024)
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
    const accept = () => store.accept(makeEntry({}, { body: BODY }))
    await accept()
    const first = beginningsOf(`${path}-wal`)
    while (beginningsOf(`${path}-wal`) < first + 2) {
      await Promise.all(Array.from({ length: 8 }, accept))
      // So that the thread comes to it, however busy the machine is.
      const { size } = statSync(`${path}-wal`)
      await sleep(size > 64 * MIB ? 50 : size > 40 * MIB ? 5 : 0)
    }
    // Commits themselves would only have begun at 128 MiB.
    expect(statSync(`${path}-wal`).size).toBeLessThan(128 * MIB)
    expect(statSync(path).size).toBeGreaterThan(30 * MIB)
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

  it('closes the database also if the thread fails just then', async () => {
    const database = openTable()
    const writeBack = createWriteBack(database, path, PAGES)
    insert(database, writeBack, 20)
    await sleep(0)
    const closed = writeBack.close()
    threads[0]?.emit('error', new Error('database or disk is full'))
    await closed
    expect(existsSync(`${path}-wal`)).toBe(false)
    expect(countIn(path)).toBe(20)
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

  it('lets nothing fail where the database cannot be read', async () => {
    const database = openTable()
    const writeBack = createWriteBack(database, path, PAGES)
    insert(database, writeBack, 1)
    database.connection.close()
    writeBack.committed()
    expect(threads).toEqual([])
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

/** How often the WAL was begun anew: https://www.sqlite.org/fileformat2.html#the_write_ahead_log */
function beginningsOf(wal: string): number {
  const header = Buffer.alloc(16)
  const descriptor = openSync(wal, 'r')
  readSync(descriptor, header, 0, header.length, 0)
  closeSync(descriptor)
  return header.readUInt32BE(12)
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
