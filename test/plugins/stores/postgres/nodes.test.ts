import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Claim, StoreChange, StoreInstance } from '../../../../core/contracts/store.ts'
import {
  acceptTask,
  claim,
  limited,
  makeDelivery,
  makeEntry,
  makeEvent,
  makeSettlement,
} from '../../../../core/testing/store-cases/make-entry.ts'
import { MIGRATIONS } from '../../../../plugins/stores/postgres/database/migrations.ts'
import { createOver, newSchema } from './create-postgres.ts'
import { type PostgresServer, sharedPostgres } from './server.ts'

const NODES = 3
const WORKERS_PER_NODE = 3
const STEPS = 60
const PROGRAMS = [
  limited({ concurrency: 2, rateLimit: { count: 400, perSeconds: 1 } }, 'keyed'),
  limited({}, 'plain'),
]

let server: PostgresServer
let schema: string
let nodes: StoreInstance[]
beforeAll(async () => {
  server = await sharedPostgres()
}, 60_000)
afterAll(() => server?.dispose())
beforeEach(async () => {
  schema = newSchema()
  nodes = Array.from({ length: NODES }, () => createOver(server.url, { schema }))
  await Promise.all(nodes.map((node) => node.open()))
})
afterEach(() => Promise.all(nodes.map((node) => node.close())))

async function look(sql: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: server.url })
  await client.connect()
  await client.query(`SET search_path = ${schema}`)
  const { rows } = await client.query(sql)
  await client.end()
  return rows
}

describe('postgres, with several nodes', () => {
  it('is migrated by all of them at once, and by one', async () => {
    const versions = MIGRATIONS.map((_, index) => ({ version: index + 1 }))
    expect(await look('SELECT version FROM schema_version ORDER BY version')).toEqual(versions)
  })

  it('hears others from the moment that it is open, and nothing before anything happens', async () => {
    const [first] = nodes
    for (let round = 0; round < 5; round++) {
      const store = createOver(server.url, { schema })
      await store.open()
      nodes.push(store)
      const heard: StoreChange[] = []
      store.subscribe((change) => heard.push(change))
      await sleep(20)
      expect(heard).toEqual([])
      await acceptTask(first as StoreInstance)
      await expect.poll(() => heard).toContainEqual({ kind: 'work' })
    }
  })

  it('keeps its order and its limits while all of them work at once', {
    timeout: 90_000,
  }, async () => {
    const overfull: unknown[] = []
    let ended = false
    const watching = (async () => {
      while (!ended) overfull.push(...(await look(OVERFULL)))
    })()
    const lives = nodes.flatMap((store, node) =>
      Array.from({ length: WORKERS_PER_NODE }, (_, worker) => live(store, node * 10 + worker)),
    )
    const settled = (await Promise.all(lives)).flat()
    ended = true
    await watching
    expect(overfull).toEqual([])
    expect(await look(KEPT_HEADS)).toEqual(await look(TRUE_HEADS))
    expect(new Set(settled).size).toBe(settled.length)
    expect(await look(TWICE)).toEqual([])
    // All that is left can be claimed, and nothing is left behind.
    await finish(nodes[0] as StoreInstance)
    expect(await look("SELECT id FROM tasks WHERE state IN ('waiting', 'running')")).toEqual([])
    expect(await look('SELECT * FROM lanes')).toEqual([])
  })

  it('lets one of many deliveries of one event win, whichever node they come to', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `${index % 8}`)
    const receipts = await Promise.all(
      ids.flatMap((senderId) =>
        nodes.map((node, place) => {
          const events = [makeEvent({ senderId }), makeEvent({ senderId: `other ${senderId}` })]
          const ordered = place % 2 === 0 ? events : events.toReversed()
          return node.accept({ delivery: makeDelivery(), events: ordered })
        }),
      ),
    )
    expect(receipts.filter(({ duplicate }) => !duplicate).length).toBeLessThanOrEqual(16)
    expect(await look('SELECT count(*)::integer AS n FROM events')).toEqual([{ n: 16 }])
    expect(await look('SELECT count(*)::integer AS n FROM tasks')).toEqual([{ n: 16 }])
  })

  it('replaces what another node has just accepted, and leaves one', async () => {
    const policy = { policyKey: 'main', replaces: 'waiting' } as const
    const rounds = Array.from({ length: 20 }, () =>
      Promise.all(nodes.map((node) => node.accept(makeEntry({ policy })))),
    )
    await Promise.all(rounds)
    const states = await look('SELECT state, count(*)::integer AS n FROM tasks GROUP BY state')
    expect(states).toHaveLength(2)
    expect(states).toContainEqual({ state: 'waiting', n: 1 })
    expect(await look(KEPT_HEADS)).toEqual(await look(TRUE_HEADS))
  })

  it('replaces a task without a key whose attempt fails just then on another node', async () => {
    const [one, other] = nodes as [StoreInstance, StoreInstance]
    const policy = { replaces: 'waiting' } as const
    for (let round = 0; round < 30; round++) {
      await acceptTask(one, { policy })
      const claims = await claim(one)
      const failed = makeSettlement({ state: 'waiting', attempt: 'failed', dueAt: 0 })
      const settling = claims.map(({ lease }) => one.settle(lease, failed))
      const newest = await acceptTask(other, { policy })
      await Promise.all(settling)
      const waiting = (await one.tasks({ state: 'waiting', limit: 10 })).items
      expect(waiting.map(({ id }) => id)).toEqual([newest])
    }
  })

  it('numbers a log without gaps when two nodes append to it', async () => {
    const [one, other] = nodes as [StoreInstance, StoreInstance]
    const taskId = await acceptTask(one)
    const line = { taskId, attempt: 1, stream: 'stdout', at: 0 } as const
    const appends = Array.from({ length: 60 }, (_, index) =>
      (index % 2 === 0 ? one : other).appendLog([{ ...line, text: `${index}` }]),
    )
    await Promise.all(appends)
    const chunks = await one.readLog(taskId, { limit: 100 })
    expect(chunks.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 60 }, (_, index) => index + 1),
    )
  })
})

// What a node does in its life, by a sequence of its own; answers the claims that it settled.
async function live(store: StoreInstance, seed: number): Promise<readonly string[]> {
  const random = sequence(seed)
  const claims: Claim[] = []
  const settled: string[] = []
  const ids: string[] = []
  for (let step = 0; step < STEPS; step++) {
    const [choice, key] = [random(10), `k${random(4)}`]
    const policy = { policyKey: key, priority: random(2) }
    const dueAt = Date.now() + random(20)
    if (choice < 3) ids.push(await acceptTask(store, { programs: ['keyed'], dueAt, policy }))
    else if (choice === 3) ids.push(await acceptTask(store, { programs: ['plain'], dueAt }))
    else if (choice === 4) {
      const replaces = key === 'k0' ? 'all' : 'waiting'
      ids.push(
        await acceptTask(store, { programs: ['keyed'], dueAt, policy: { ...policy, replaces } }),
      )
    } else if (choice < 7) {
      claims.push(...(await claim(store, { programs: PROGRAMS, limit: 3, node: `n${seed}` })))
    } else if (choice === 7) {
      const id = ids[random(Math.max(ids.length, 1))] ?? 'tsk_none'
      await (random(2) === 0 ? store.cancel(id) : store.retry(id))
    } else settled.push(...(await settleSome(store, claims.splice(0, 2), { dueAt, random })))
  }
  return [...settled, ...(await settleSome(store, claims, { dueAt: 0, random }))]
}

interface Ending {
  readonly dueAt: number
  readonly random: (below: number) => number
}

async function settleSome(
  store: StoreInstance,
  claims: readonly Claim[],
  { dueAt, random }: Ending,
): Promise<readonly string[]> {
  const failed = makeSettlement({ state: 'waiting', attempt: 'failed', dueAt })
  const answers = await Promise.all(
    claims.map(({ lease }) => store.settle(lease, random(3) === 0 ? failed : makeSettlement())),
  )
  return claims.flatMap(({ lease }, index) =>
    answers[index] === true ? [`${lease.taskId} ${lease.fence}`] : [],
  )
}

async function finish(store: StoreInstance): Promise<void> {
  for (let round = 0; round < 500; round++) {
    const claims = await claim(store, { programs: PROGRAMS, limit: 50 })
    await Promise.all(claims.map(({ lease }) => store.settle(lease, makeSettlement())))
    if ((await store.countTasks()).waiting === 0) return
  }
}

// The same for a seed each time: https://en.wikipedia.org/wiki/Linear_congruential_generator
function sequence(seed: number): (below: number) => number {
  let state = seed * 7919 + 1
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return Math.floor((state / 4_294_967_296) * below)
  }
}

const KEPT_HEADS = `
  SELECT lane, priority, head_id, head_due_at FROM lanes ORDER BY lane, priority`
const TRUE_HEADS = `
  SELECT lane, priority, id AS head_id, due_at AS head_due_at FROM (
    SELECT *, row_number() OVER (PARTITION BY program, lane, priority ORDER BY due_at, id) AS place
    FROM tasks WHERE state = 'waiting' AND lane IS NOT NULL
  ) AS waiting WHERE place = 1 ORDER BY lane, priority`
const OVERFULL = `
  SELECT lane FROM tasks WHERE state = 'running' AND program = 'keyed' GROUP BY lane HAVING count(*) > 2`
const TWICE = `
  SELECT task_id FROM attempts WHERE status = 'succeeded' GROUP BY task_id, number HAVING count(*) > 1`
