import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  prepareSenderIds,
  type SenderIds,
} from '../../../../plugins/stores/sqlite/accept/sender-ids.ts'
import {
  openDatabase,
  type SqliteDatabase,
} from '../../../../plugins/stores/sqlite/database/database.ts'
import { MIGRATIONS } from '../../../../plugins/stores/sqlite/database/migrations.ts'
import { createIn, makeFolder } from './create-sqlite.ts'

const GATHERED = 64
const EVENT = `
  INSERT INTO events (delivery_id, id, position, source, type, sender_id, facts, decisions)
  VALUES (?, 'evt', 0, 'github', 'push', ?, '{}', '[]')`

let folder: string
let database: SqliteDatabase
let senderIds: SenderIds
beforeEach(async () => {
  folder = await makeFolder()
  database = openDatabase(join(folder, 'hookline.db'))
  database.connection.exec('PRAGMA foreign_keys = OFF')
  senderIds = prepareSenderIds(database, GATHERED)
})
afterEach(async () => {
  database.close()
  await rm(folder, { recursive: true, force: true })
})

describe('ids of senders', () => {
  it('leads to the delivery of each, also after a restart', () => {
    const ids = addAll(1_000)
    expectAll(ids)
    // Nearly all were moved, and few notes are kept.
    expect(count('sender_ids')).toBeGreaterThan(1_000 - 2 * GATHERED)
    expect(count('new_sender_ids')).toBeLessThan(2 * GATHERED)
    expect(senderIds.find('github', 'other')).toBeNull()
    expect(senderIds.find('gitlab', ids[0] ?? '')).toBeNull()
    senderIds = prepareSenderIds(database, GATHERED)
    expectAll(ids)
  })

  it('is as before after a rollback, at any moment', () => {
    const kept: string[] = []
    for (let round = 0; round < 40; round++) {
      database.connection.exec('BEGIN')
      const undone = addAll(7, `undone-${round}-`)
      database.connection.exec('ROLLBACK')
      database.undone++
      for (const id of undone) expect(senderIds.find('github', id)).toBeNull()
      database.connection.exec('BEGIN')
      kept.push(...addAll(5, `kept-${round}-`))
      database.connection.exec('COMMIT')
    }
    expectAll(kept)
    senderIds = prepareSenderIds(database, GATHERED)
    expectAll(kept)
  })

  it('forgets those of a deleted delivery, and takes them again', () => {
    const ids = addAll(300)
    const [moved = '', recent = ''] = [ids[0], ids.at(-1)]
    for (const id of [moved, recent]) {
      senderIds.forget(`dlv_${id}`)
      database.prepare('DELETE FROM events WHERE delivery_id = ?').run(`dlv_${id}`)
      expect(senderIds.find('github', id)).toBeNull()
      add(id, `dlv_again_${id}`)
    }
    addAll(300)
    for (const id of [moved, recent]) {
      expect(senderIds.find('github', id)).toEqual({ id: 'evt', deliveryId: `dlv_again_${id}` })
    }
    expectAll(ids.slice(1, -1))
  })

  it('knows the events of a database of an older version', async () => {
    const before = MIGRATIONS.findIndex((sql) => sql.includes('new_sender_ids'))
    mkdirSync(join(folder, 'data'))
    const old = new DatabaseSync(join(folder, 'data', 'hookline.db'))
    for (const sql of MIGRATIONS.slice(0, before)) old.exec(sql)
    old.exec(`
      PRAGMA user_version = ${before};
      INSERT INTO deliveries (id, source, received_at, method, path, headers, outcome, body)
      VALUES ('dlv_1', 'github', 1, 'POST', '/', '{}', 'accepted', x'');
      INSERT INTO events (delivery_id, id, position, source, type, sender_id, facts, decisions)
      VALUES ('dlv_1', 'evt_1', 0, 'github', 'push', 'known', '{}', '[]'),
        ('dlv_1', 'evt_2', 1, 'github', 'push', NULL, '{}', '[]')`)
    old.close()
    const store = createIn(join(folder, 'data'))
    await store.open()
    expect(await store.knownSenderIds('github', ['known', 'unknown'])).toEqual(['known'])
    await store.close()
  })
})

function addAll(count: number, prefix = ''): readonly string[] {
  const ids = Array.from({ length: count }, () => `${prefix}${randomUUID()}`)
  for (const id of ids) add(id, `dlv_${id}`)
  return ids
}

function add(id: string, deliveryId: string): void {
  database.prepare(EVENT).run(deliveryId, id)
  senderIds.add('github', id, deliveryId)
}

function expectAll(ids: readonly string[]): void {
  for (const id of ids) {
    expect(senderIds.find('github', id)).toEqual({ id: 'evt', deliveryId: `dlv_${id}` })
  }
}

function count(table: string): number {
  return Number(database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.['count'])
}
