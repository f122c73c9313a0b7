import { join } from 'node:path'
import type { Claim, StoreInstance } from '../../../core/contracts/store.ts'
import { limited, makeEntry, makeSettlement } from '../../../core/testing/store-cases/make-entry.ts'
import { createIn } from '../../plugins/stores/sqlite/create-sqlite.ts'
import { pushes, SECRET } from '../load.ts'
import { startServer } from '../server-process.ts'
import { fillSqlite, type Stored } from './fill.ts'

const SMALL: Stored = { tasks: 1_000, rules: 10 }
const LARGE: Stored = { tasks: Number(process.env['BENCH_COUNT'] ?? 1_000_000), rules: 10_000 }
const CALLS = 41
const PAGE = { limit: 50 }
const SECONDS = 5
const CONNECTIONS = 32
const WARM_UP_SECONDS = 2
const NODE = { node: 'bench', leaseSeconds: 30, limit: 10 }
const BODY = JSON.stringify({ ref: 'refs/heads/main', padding: 'x'.repeat(900) })

interface Call {
  readonly name: string
  run(store: StoreInstance): Promise<unknown>
}

const TASKS = [
  ...[{}, { state: 'succeeded' }, { state: 'dead' }, { state: 'waiting' }, { rule: 'rule-3' }],
  ...[{ program: 'program-3' }, { source: 'source-3' }, { source: 'source-0', state: 'dead' }],
] as const
const DELIVERIES = [
  ...[{}, { source: 'source-3' }, { outcome: 'accepted' }, { outcome: 'refused' }],
  ...[{ state: 'dead' }, { state: 'dead', source: 'source-0' }],
] as const

const LISTS: readonly Call[] = [
  ...TASKS.map((filter) => ({
    name: `tasks ${JSON.stringify(filter)}`,
    run: (store: StoreInstance) => store.tasks({ ...PAGE, ...filter }),
  })),
  ...DELIVERIES.map((filter) => ({
    name: `deliveries ${JSON.stringify(filter)}`,
    run: (store: StoreInstance) => store.deliveries({ ...PAGE, ...filter }),
  })),
  { name: 'errors', run: (store) => store.errors(PAGE) },
  { name: 'backlog', run: (store) => store.backlog() },
  { name: 'one task, with its attempts', run: readOne },
]
const WRITES: readonly Call[] = [
  { name: '50 accepts at once', run: (store) => acceptMany(store, 50) },
  { name: 'claim 10, settle them', run: claimAndSettle },
  { name: 'claim 10 of 1,000 programs', run: (store) => claim(store, manyPrograms()) },
]

/** What calls of the store, and accepts, cost beside much that is stored and many rules: to what they cost beside little. */
export async function growthBench(dataDir: string): Promise<void> {
  const sizes = [SMALL, LARGE].map(({ tasks, rules }) => `${tasks} tasks of ${rules} rules`)
  console.log(`growth: median ms of a call of SQLite beside ${sizes.join(', and beside ')}`)
  const [small, large] = await Promise.all([
    filled(join(dataDir, 'small'), SMALL),
    filled(join(dataDir, 'large'), LARGE),
  ])
  try {
    for (const call of [...LISTS, ...WRITES]) print(call.name, await medians(call, [small, large]))
  } finally {
    await Promise.all([small.close(), large.close()])
  }
  console.log(`growth: processor time of an accept, by rules of other events`)
  const times = []
  for (const rules of [SMALL.rules, LARGE.rules]) times.push(await acceptMs(dataDir, rules))
  print('accept of 1 kB through HTTP', times)
  console.log('')
}

async function filled(folder: string, stored: Stored): Promise<StoreInstance> {
  const store = createIn(folder)
  await store.open()
  await store.close()
  fillSqlite(join(folder, 'hookline.db'), stored)
  const again = createIn(folder)
  await again.open()
  return again
}

/** In turns, so that whatever else the machine does meets them alike. */
async function medians({ run }: Call, stores: readonly StoreInstance[]): Promise<number[]> {
  const times = stores.map((): number[] => [])
  for (let count = 0; count < CALLS; count++) {
    for (const [index, store] of stores.entries()) {
      const begun = performance.now()
      await run(store)
      times[index]?.push(performance.now() - begun)
    }
  }
  return times.map((all) => all.toSorted((one, other) => one - other)[CALLS >> 1] ?? 0)
}

function print(name: string, [small = 0, large = 0]: readonly number[]): void {
  const figures = [small, large].map((ms) => ms.toFixed(2).padStart(9)).join('')
  console.log(`  ${name.padEnd(44)}${figures}   ${(large / small).toFixed(2)} x`)
}

async function readOne(store: StoreInstance): Promise<void> {
  const { items } = await store.tasks({ limit: 1 })
  await store.attempts(items[0]?.id ?? '')
}

function acceptMany(store: StoreInstance, count: number): Promise<unknown> {
  return Promise.all(Array.from({ length: count }, () => store.accept(makeEntry())))
}

function claim(store: StoreInstance, programs = [limited({})]): Promise<readonly Claim[]> {
  return store.claim({ ...NODE, programs })
}

async function claimAndSettle(store: StoreInstance): Promise<void> {
  const claims = await claim(store)
  await Promise.all(claims.map(({ lease }) => store.settle(lease, makeSettlement())))
}

function manyPrograms() {
  return Array.from({ length: 1_000 }, (_, number) => ({
    ...limited({}),
    ...(number === 0 ? {} : { name: `other-${number}` }),
  }))
}

async function acceptMs(dataDir: string, rules: number): Promise<number> {
  const server = await startServer('hookline-server.ts', {
    BENCH_SECRET: SECRET,
    BENCH_ROLE: 'receive',
    BENCH_CONFIG: join(import.meta.dirname, 'growth.config.ts'),
    BENCH_RULES: String(rules),
    BENCH_DATA: join(dataDir, `rules-${rules}`),
  })
  const load = { url: server.url, body: BODY, connections: CONNECTIONS }
  try {
    await pushes({ ...load, seconds: WARM_UP_SECONDS })
    const before = await server.usage()
    const { accepted } = await pushes({ ...load, seconds: SECONDS })
    const after = await server.usage()
    return ((after.cpuSeconds - before.cpuSeconds) * 1000) / accepted
  } finally {
    await server.stop()
  }
}
