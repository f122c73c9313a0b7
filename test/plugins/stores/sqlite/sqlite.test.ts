import { existsSync, statSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createId } from '../../../../core/kit/id.ts'
import { acceptTask, claim, makeDelivery } from '../../../../core/testing/store-cases/make-entry.ts'
import { sqlite } from '../../../../plugins/stores/index.ts'
import { openDatabase } from '../../../../plugins/stores/sqlite/database/database.ts'
import { MIGRATIONS } from '../../../../plugins/stores/sqlite/database/migrations.ts'
import { contextIn, createIn, makeFolder } from './create-sqlite.ts'

let folder: string
beforeEach(async () => {
  folder = await makeFolder()
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('sqlite', () => {
  it('is the same data whether given a path, options or nothing', () => {
    const { definition } = sqlite
    expect(definition).toMatchObject({ kind: 'store', name: 'sqlite' })
    expect(sqlite('a.db')).toEqual({ use: 'sqlite', options: { path: 'a.db' }, definition })
    expect(sqlite({ path: 'a.db' })).toEqual(sqlite('a.db'))
    expect(sqlite()).toEqual({ use: 'sqlite', options: {}, definition })
    expect(definition.options.safeParse({ path: '' }).success).toBe(false)
    expect(definition.options.safeParse({ pth: 'a.db' }).success).toBe(false)
  })

  it.each([
    [{}, 'data/hookline.db'],
    [{ path: './deep/er/a.db' }, 'deep/er/a.db'],
  ])('puts %j at %s, for its owner alone', async (options, file) => {
    const store = sqlite.definition.create(options, contextIn(folder))
    await store.open()
    await acceptTask(store)
    const path = join(folder, file)
    for (const each of [path, `${path}-wal`, `${path}-shm`, `${path}-lock`]) {
      expect(statSync(each).mode & 0o777).toBe(0o600)
    }
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700)
    await store.close()
    expect(existsSync(`${path}-wal`)).toBe(false)
  })

  it('refuses a database of a newer version', async () => {
    const database = new DatabaseSync(join(folder, 'hookline.db'))
    database.exec('PRAGMA user_version = 999')
    database.close()
    await expect(createIn(folder).open()).rejects.toMatchObject({ code: 'store_too_new' })
  })

  it('leaves a database as it was where an upgrade fails', async () => {
    const database = new DatabaseSync(join(folder, 'hookline.db'))
    database.exec(`${MIGRATIONS[0]}; PRAGMA user_version = 1; CREATE TABLE task_errors (a)`)
    const objects = () => database.prepare('SELECT name, sql FROM sqlite_schema').all()
    const before = objects()
    await expect(createIn(folder).open()).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 })
    expect(objects()).toEqual(before)
    database.close()
  })

  it('says so where the file is no database', async () => {
    await writeFile(join(folder, 'hookline.db'), 'no database '.repeat(1000))
    await expect(createIn(folder).open()).rejects.toMatchObject({ code: 'store_damaged' })
  })

  it('can be opened again after it could not be', async () => {
    const first = createIn(folder)
    const second = createIn(folder)
    await first.open()
    await expect(second.open()).rejects.toMatchObject({ code: 'data_dir_in_use' })
    await first.close()
    await second.open()
    await second.ping()
    await second.close()
    await second.close()
  })

  it('lets other processes read', async () => {
    const store = createIn(folder)
    await store.open()
    const id = await acceptTask(store)
    const reader = new DatabaseSync(join(folder, 'hookline.db'), { readOnly: true })
    expect(reader.prepare('SELECT id FROM tasks').all()).toEqual([{ id }])
    reader.close()
    await store.close()
  })

  it('commits to the disk: WAL, with a sync at each commit', async () => {
    const database = openDatabase(join(folder, 'a.db'))
    const pragma = (name: string) =>
      Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]
    expect(pragma('journal_mode')).toBe('wal')
    expect(pragma('synchronous')).toBe(2)
    expect(pragma('foreign_keys')).toBe(1)
    database.close()
  })

  it('gives running tasks again at once when it is opened: whoever ran them is gone', async () => {
    const store = createIn(folder)
    await store.open()
    const id = await acceptTask(store)
    await claim(store)
    await store.close()
    await store.open()
    expect((await claim(store)).map(({ task }) => [task.id, task.lostAttempts])).toEqual([[id, 1]])
    await store.close()
  })

  it('keeps the newest 10,000 refused deliveries, and all others', async () => {
    const store = createIn(folder)
    await store.open()
    const start = Date.now()
    const kept = makeDelivery({ id: createId('dlv', start) })
    await store.accept({ delivery: kept, events: [] })
    const ids = Array.from({ length: 10_500 }, (_, index) => createId('dlv', start + 1 + index))
    await Promise.all(
      ids.map((id) => store.refuse(makeDelivery({ id, outcome: 'refused', reason: 'no' }))),
    )
    expect(await store.delivery(ids[0] ?? '')).toBeNull()
    expect(await store.delivery(ids[500] ?? '')).not.toBeNull()
    expect(await store.delivery(kept.id)).not.toBeNull()
    await store.close()
  })

  it('reads due tasks and lists by an index, whatever else is stored', async () => {
    const database = openDatabase(join(folder, 'a.db'))
    const plan = (sql: string) =>
      database
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map((row) => String(row['detail']))
        .join('; ')
    for (const [sql, index] of PLANS) {
      expect(plan(sql)).toContain(index)
      expect(plan(sql)).not.toContain('TEMP B-TREE')
    }
    database.close()
  })
})

const PLANS = [
  [
    "SELECT priority FROM tasks WHERE state = 'waiting' AND policy_key IS NULL AND program = 'a' AND priority < 1 ORDER BY priority DESC LIMIT 1",
    'tasks_waiting (program=? AND priority<?)',
  ],
  [
    "SELECT id FROM tasks WHERE state = 'waiting' AND policy_key IS NULL AND program = 'a' AND priority = 0 AND due_at <= 1 ORDER BY due_at, id LIMIT 1",
    'tasks_waiting (program=? AND priority=? AND due_at<?)',
  ],
  [
    "SELECT id FROM tasks WHERE state = 'waiting' AND program = 'a' AND policy_key = 'k' AND priority = 0 ORDER BY due_at, id LIMIT 1",
    'tasks_waiting_of_key (program=? AND policy_key=? AND priority=?)',
  ],
  [
    "UPDATE tasks SET reason = 'no' WHERE state = 'waiting' AND program = 'a' AND policy_key = 'k'",
    'tasks_waiting_of_key (program=? AND policy_key=?)',
  ],
  [
    "SELECT head_id FROM lanes WHERE program = 'a' AND priority = 0 AND ready_at <= 1 ORDER BY ready_at, head_id LIMIT 1",
    'lanes_ready (program=? AND priority=? AND ready_at<?)',
  ],
  [
    "SELECT id FROM tasks WHERE state = 'running' AND program = 'a' AND lease_until <= 1",
    'tasks_running (program=? AND lease_until<?)',
  ],
  [
    'SELECT id, ended_at FROM tasks WHERE ended_at IS NOT NULL AND (ended_at, id) < (?, ?) ORDER BY ended_at DESC, id DESC LIMIT 1 OFFSET 9',
    'COVERING INDEX tasks_ended (ended_at>? AND (ended_at,id)<(?,?))',
  ],
  [
    "SELECT id FROM deliveries WHERE id < ? AND NOT EXISTS (SELECT 1 FROM deliveries AS refused INDEXED BY deliveries_refused WHERE refused.outcome = 'refused' AND refused.id = deliveries.id) ORDER BY id DESC LIMIT 1 OFFSET 9",
    'deliveries USING COVERING INDEX sqlite_autoindex_deliveries_1 (id<?)',
  ],
  [
    'SELECT task_id FROM log_chunks WHERE task_id > 1 ORDER BY task_id LIMIT 1',
    'PRIMARY KEY (task_id>?)',
  ],
  [
    "SELECT program, count(*), min(due_at) FROM tasks INDEXED BY tasks_waiting WHERE state = 'waiting' AND policy_key IS NULL GROUP BY program",
    'COVERING INDEX tasks_waiting',
  ],
  [
    "SELECT program, count(*), min(due_at) FROM tasks INDEXED BY tasks_waiting_of_key WHERE state = 'waiting' AND policy_key IS NOT NULL GROUP BY program",
    'COVERING INDEX tasks_waiting_of_key',
  ],
  [
    "SELECT program, count(*) FROM tasks INDEXED BY tasks_running WHERE state = 'running' GROUP BY program",
    'COVERING INDEX tasks_running',
  ],
] as const
