import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filteredDeliveries, filteredTasks } from '../../../../core/sdk/store/lists.ts'
import { pageBounds } from '../../../../core/sdk/store/pages.ts'
import {
  openDatabase,
  type SqliteDatabase,
} from '../../../../plugins/stores/sqlite/database/database.ts'
import {
  deadTasks,
  toDeliveryQuery,
  toListQuery,
} from '../../../../plugins/stores/sqlite/read/list-query.ts'
import { DEAD_FILTERS, DELIVERY_FILTERS, TASK_FILTERS } from '../list-filters.ts'
import { makeFolder } from './create-sqlite.ts'

let folder: string
let database: SqliteDatabase
beforeAll(async () => {
  folder = await makeFolder()
  database = openDatabase(join(folder, 'a.db'))
})
afterAll(async () => {
  database.close()
  await rm(folder, { recursive: true, force: true })
})

const LISTS = [
  ...TASK_FILTERS.map((filter) => {
    const bounds = pageBounds('tsk', filter)
    return { filter, list: filteredTasks(filter), bounds, table: 'tasks' }
  }),
  ...DELIVERY_FILTERS.map((filter) => {
    const bounds = pageBounds('dlv', filter)
    return { filter, list: filteredDeliveries(filter), bounds, table: 'deliveries' }
  }),
].filter(({ list }) => list !== null)

function planOf(sql: string): readonly string[] {
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()
  return rows.map((row) => String(row['detail']))
}

describe('a filtered list of sqlite', () => {
  it.each(LISTS)('is read by its index: $table $filter', ({ list, bounds, table }) => {
    if (list === null) return
    const plan = planOf(toListQuery(list, `SELECT * FROM ${table}`, bounds).sql)
    const reads = plan.filter((line) =>
      /^(SCAN|SEARCH) (tasks|deliveries|found|listed)\b/.test(line),
    )
    expect(reads.filter((line) => !line.startsWith('SEARCH'))).toEqual([])
    const kinds = reads.filter((line) => line.includes(' listed '))
    expect(kinds).toHaveLength(2)
    const equal = list.columns.map((column) => `${column}=?`).join(' AND ')
    for (const line of kinds) expect(line).toContain(`COVERING INDEX ${table}_listed (${equal}`)
    for (const line of reads.filter((each) => each.includes(` ${table} `))) {
      expect(line).toMatch(/_listed \(|\(id=\?\)|sqlite_autoindex_deliveries_1 \(id=\?\)/)
    }
  })

  const dead = TASK_FILTERS.filter(({ state, rule }) => state === 'dead' && rule === undefined)
  it.each(dead)('of dead tasks is read by theirs: $program $source', (filter) => {
    const query = deadTasks(filter, 'SELECT * FROM tasks', pageBounds('tsk', filter))
    const { program, source } = filter
    const [of, equal] =
      program !== undefined
        ? ['_of_program', 'program=? AND ']
        : source !== undefined
          ? ['_of_source', 'source=? AND ']
          : ['', '']
    const plan = planOf(query?.sql ?? '')
    expect(plan).toContain(
      `SEARCH tasks USING COVERING INDEX tasks_dead_listed${of} (${equal}id>? AND id<?)`,
    )
    expect(plan.filter((line) => /SCAN tasks|TEMP B-TREE/.test(line))).toEqual([])
  })

  it.each(DEAD_FILTERS)('is read by the index of dead tasks: $state $source', (filter) => {
    const bounds = pageBounds('dlv', filter)
    const plan = planOf(toDeliveryQuery(filter, 'SELECT * FROM deliveries', bounds).sql)
    const within =
      filter.source === undefined
        ? 'tasks_dead (delivery_id>? AND delivery_id<?)'
        : 'tasks_dead_of_source (source=? AND delivery_id>? AND delivery_id<?)'
    expect(plan).toContain(`SEARCH tasks USING COVERING INDEX ${within}`)
    expect(plan.filter((line) => /SCAN (tasks|deliveries)/.test(line))).toEqual([])
  })
})
