import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  filteredDeliveries,
  filteredTasks,
  type PageQuery,
  pageBounds,
  recentTasks,
  type TaskFilter,
} from '../../../../core/sdk/store.ts'
import {
  toDeliveryQuery,
  toListQuery,
} from '../../../../plugins/stores/postgres/read/list-query.ts'
import { DEAD_FILTERS, DELIVERY_FILTERS, TASK_FILTERS } from '../list-filters.ts'
import { createOver, newSchema } from './create-postgres.ts'
import { type PostgresServer, sharedPostgres } from './server.ts'

const ROWS = 40_000
/** A scan of the table reads more. */
const MOST_BLOCKS = 1_200
// The oldest rows are the only ones that are dead, or were accepted.
const FILL = `
  INSERT INTO tasks (id, delivery_id, event_id, source, event_type, rule, program, priority, payload_bytes, state,
    created_at, due_at, result)
  SELECT 'tsk_' || lpad(n::text, 10, '0'), 'dlv_' || lpad(n::text, 10, '0'), 'evt', 'source-' || n % 5, 'push', 'rule-' || n % 20,
    'program-' || n % 10, 0, 2, CASE WHEN n < 200 THEN 'dead' WHEN n % 2 = 0 THEN 'waiting' ELSE 'succeeded' END,
    n, n, repeat('x', 300)
  FROM generate_series(1, ${ROWS}) AS n;
  INSERT INTO deliveries
  SELECT 'dlv_' || lpad(n::text, 10, '0'), 'source-' || n % 5, n, 'POST', '/', repeat('x', 300), NULL,
    CASE WHEN n < 200 THEN 'accepted' WHEN n % 2 = 0 THEN 'duplicate' ELSE 'refused' END, NULL, NULL, ''
  FROM generate_series(1, ${ROWS}) AS n;
  ANALYZE tasks;
  ANALYZE deliveries`

let server: PostgresServer
let client: Client
const schema = newSchema()
beforeAll(async () => {
  server = await sharedPostgres()
  const store = createOver(server.url, { schema })
  await store.open()
  await store.close()
  client = new Client({ connectionString: server.url })
  await client.connect()
  await client.query(`SET search_path = ${schema}`)
  await client.query(FILL)
}, 60_000)
afterAll(async () => {
  await client.query(`DROP SCHEMA ${schema} CASCADE`)
  await client.end()
  await server.dispose()
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

async function blocksOf({ sql, values }: PageQuery): Promise<number> {
  let number = 0
  const numbered = sql.replace(/\?/g, () => `$${++number}`)
  const bound = values.map((value) => (typeof value === 'number' ? value : `'${value}'`)).join(', ')
  await client.query(`PREPARE list AS ${numbered}`)
  const explain = `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE list (${bound})`
  const { rows } = await client.query(explain)
  await client.query('DEALLOCATE list')
  const plan = rows[0]['QUERY PLAN'][0].Plan
  return plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
}

describe('a filtered list of postgres', () => {
  it.each(LISTS)(
    'is read by its index: $table $filter',
    async ({ filter, list, bounds, table }) => {
      if (list === null) return
      // A statement that is run often is planned once for all values.
      for (const mode of ['force_custom_plan', 'force_generic_plan']) {
        await client.query(`SET plan_cache_mode = ${mode}`)
        const query = toListQuery(list, `SELECT id FROM ${table}`, bounds)
        expect(await blocksOf(query), mode).toBeLessThan(MOST_BLOCKS)
        const recent =
          table === 'tasks'
            ? recentTasks(filter as TaskFilter, 'SELECT id FROM tasks', bounds)
            : null
        if (recent !== null) expect(await blocksOf(recent), mode).toBeLessThan(MOST_BLOCKS)
      }
    },
  )

  it.each(DEAD_FILTERS)('is read by the index of dead tasks: $state $source', async (filter) => {
    for (const mode of ['force_custom_plan', 'force_generic_plan']) {
      await client.query(`SET plan_cache_mode = ${mode}`)
      const query = toDeliveryQuery(filter, 'SELECT id FROM deliveries', pageBounds('dlv', filter))
      expect(await blocksOf(query), mode).toBeLessThan(MOST_BLOCKS)
    }
  })
})
