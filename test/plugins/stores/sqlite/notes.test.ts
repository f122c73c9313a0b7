import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MIGRATIONS } from '../../../../plugins/stores/sqlite/database/migrations.ts'
import { createIn, makeFolder } from './create-sqlite.ts'

const ROWS = 1_000
const FILL = `
  WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${ROWS})
  INSERT INTO deliveries
  SELECT format('dlv_%010d', n), 'github', n, 'POST', '/', '{}', NULL, 'accepted', NULL, NULL, x'' FROM numbers;
  INSERT INTO events SELECT id, 'evt_' || id, 0, source, 'push', NULL, '{}', '[]', '{}' FROM deliveries;
  INSERT INTO tasks (id, delivery_id, event_id, source, event_type, rule, program, state, created_at, due_at, ended_at,
    reason)
  SELECT 'tsk_' || delivery_id, delivery_id, id, source, type, 'r', 'p',
    iif(rowid % 2, 'dead', 'waiting'), 1, 1, iif(rowid % 2, 1000 - rowid, NULL), iif(rowid % 2, 'no disk', NULL)
  FROM (SELECT *, row_number() OVER (ORDER BY id) AS rowid FROM events)`

let folder: string
beforeEach(async () => {
  folder = await makeFolder()
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('sqlite', () => {
  it('notes all that was stored before it kept notes, once, the newest first', async () => {
    const before = MIGRATIONS.findIndex((sql) => sql.includes('unprojected_deliveries'))
    mkdirSync(join(folder, 'data'))
    const database = new DatabaseSync(join(folder, 'data', 'hookline.db'))
    for (const sql of MIGRATIONS.slice(0, before)) database.exec(sql)
    database.exec(`PRAGMA user_version = ${before}; ${FILL}`)
    database.close()
    const store = createIn(join(folder, 'data'))
    await store.open()
    const deliveries: string[] = []
    const ends: string[] = []
    for (let more = true; more; ) {
      const read = await store.unprojected(300)
      deliveries.push(...read.deliveries.map(({ id }) => id))
      ends.push(...read.ends.map(({ id, reason }) => `${id} ${reason}`))
      expect(await store.project(read)).toBe(true)
      more = read.more
    }
    expect(deliveries).toHaveLength(ROWS)
    expect(deliveries).toEqual(deliveries.toSorted().toReversed())
    expect(new Set(ends).size).toBe(ROWS / 2)
    expect(ends.every((end) => end.endsWith(' no disk'))).toBe(true)
    await store.close()
    // A trigger would make every statement on its table slower.
    const migrated = new DatabaseSync(join(folder, 'data', 'hookline.db'), { readOnly: true })
    const triggers = "SELECT DISTINCT tbl_name FROM sqlite_schema WHERE type = 'trigger'"
    expect(migrated.prepare(triggers).all()).toEqual([{ tbl_name: 'task_errors' }])
    migrated.close()
  })
})
