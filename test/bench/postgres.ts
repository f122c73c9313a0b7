import type { StoreInstance } from '../../core/contracts/store.ts'
import { limited, makeEntry, makeSettlement } from '../../core/testing/store-cases/make-entry.ts'
import { createOver, newSchema } from '../plugins/stores/postgres/create-postgres.ts'
import { query, startPostgres } from '../plugins/stores/postgres/server.ts'

const ACCEPTS = 40_000
const SENDERS = [50, 500, 1_000] as const
const BODY = Buffer.from(JSON.stringify({ ref: 'refs/heads/main', padding: 'x'.repeat(900) }))
const STORED = [1_000, 1_000_000] as const
const FILL_STEP = 100_000
const CLAIMS = 200
const LIMIT = 10
const NODE = { node: 'bench', leaseSeconds: 30 }

/** Accepts that share commits, and what a claim costs beside few and many stored tasks. A real server, fsync on. */
export async function postgresBench(): Promise<void> {
  const server = await startPostgres(['-c', 'max_wal_size=4GB'])
  const schema = newSchema()
  const store = createOver(server.url, { schema })
  try {
    await store.open()
    console.log('postgres: accepts of 1 kB, one task each, by how many send at once')
    for (const senders of SENDERS) {
      const perSecond = await acceptAll(store, senders)
      console.log(`  ${String(senders).padStart(5)}  ${Math.round(perSecond)}/s`)
    }
    console.log(`postgres: a claim of ${LIMIT}, by how many tasks are stored`)
    await query(server.url, `TRUNCATE ${schema}.deliveries, ${schema}.events, ${schema}.tasks`)
    let filled = 0
    for (const stored of STORED) {
      for (; filled < stored; filled += Math.min(FILL_STEP, stored)) {
        await query(server.url, fill(schema, filled + 1, Math.min(filled + FILL_STEP, stored)))
      }
      await query(server.url, 'VACUUM ANALYZE')
      const [without, withKey] = [await claimMs(store, null), await claimMs(store, 'main')]
      const figures = `${without.toFixed(2)} ms, with keys and limits ${withKey.toFixed(2)} ms`
      console.log(`  ${String(stored).padStart(8)}  ${figures}`)
    }
    console.log('')
  } finally {
    await store.close()
    await query(server.url, `DROP SCHEMA ${schema} CASCADE`)
    await server.dispose()
  }
}

async function acceptAll(store: StoreInstance, senders: number): Promise<number> {
  const start = performance.now()
  let sent = 0
  const sending = Array.from({ length: senders }, async () => {
    while (sent < ACCEPTS) {
      sent++
      await store.accept(makeEntry({ senderId: `${senders} ${sent}` }, { body: BODY }))
    }
  })
  await Promise.all(sending)
  return (ACCEPTS / (performance.now() - start)) * 1000
}

// The median; what is claimed is settled before the next claim.
async function claimMs(store: StoreInstance, policyKey: string | null): Promise<number> {
  const entries = Array.from({ length: CLAIMS * LIMIT }, () => makeEntry({ policy: { policyKey } }))
  await Promise.all(entries.map((entry) => store.accept(entry)))
  const programs = [limited(policyKey === null ? {} : { concurrency: LIMIT * 2 })]
  const times: number[] = []
  for (let count = 0; count < CLAIMS; count++) {
    const start = performance.now()
    const claims = await store.claim({ ...NODE, limit: LIMIT, programs })
    times.push(performance.now() - start)
    await Promise.all(claims.map(({ lease }) => store.settle(lease, makeSettlement())))
  }
  return times.toSorted((one, other) => one - other)[CLAIMS / 2] ?? 0
}

// Settled tasks, each with its delivery and its event.
function fill(schema: string, from: number, to: number): string {
  const id = (prefix: string) => `'${prefix}_0' || lpad(g::text, 12, '0')`
  const all = `FROM generate_series(${from}, ${to}) AS g`
  return `
    INSERT INTO ${schema}.deliveries
    SELECT ${id('dlv')}, 'github', 1, 'POST', '/', '{}', NULL, 'accepted', NULL, NULL, '{"a":1}' ${all};
    INSERT INTO ${schema}.events
    SELECT ${id('dlv')}, ${id('evt')}, 0, 'github', 'push', 's' || g, '=s' || g, '{}', '[]', NULL ${all};
    INSERT INTO ${schema}.tasks (id, delivery_id, event_id, source, event_type, rule, program, priority, payload_bytes,
      state, created_at, due_at, ended_at, attempts, fence)
    SELECT ${id('tsk')}, ${id('dlv')}, ${id('evt')}, 'github', 'push', 'rule', 'deploy', 0, 7,
      'succeeded', 1, 1, 2, 1, 1 ${all}`
}
