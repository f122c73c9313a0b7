import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { newSchema } from '../plugins/stores/postgres/create-postgres.ts'
import { query, startPostgres } from '../plugins/stores/postgres/server.ts'
import { pushes, SECRET } from './load.ts'
import { type ServerProcess, startServer } from './server-process.ts'

const WORKERS = [1, 2, 4] as const
const RECEIVERS = [1, 2] as const
const ANSWER_AFTER_MS = 200
const CONNECTIONS = 256
const WARM_UP_SECONDS = 2
const SECONDS = 8
const BODY = JSON.stringify({ ref: 'refs/heads/main', padding: 'x'.repeat(900) })

/** What more processes bring, over one Postgres with fsync on: accepts, then programs that wait for a service. */
export async function scaleBench(dataDir: string): Promise<void> {
  const database = await startPostgres(['-c', 'max_wal_size=4GB'])
  const schema = newSchema()
  const service = await startService()
  const env = {
    BENCH_SECRET: SECRET,
    BENCH_CONFIG: join(import.meta.dirname, 'scale.config.ts'),
    BENCH_RECEIVER: `http://127.0.0.1:${(service.address() as AddressInfo).port}/`,
    BENCH_URL: database.url,
    BENCH_SCHEMA: schema,
    HOOKLINE_KEY: randomBytes(32).toString('base64'),
  }
  const start = (role: 'receive' | 'work', count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, index) => {
        const name = `${role}-${index}`
        const own = { BENCH_ROLE: role, BENCH_NAME: name, BENCH_DATA: join(dataDir, name) }
        return startServer('hookline-server.ts', { ...env, ...own })
      }),
    )
  try {
    console.log(
      `scale: accepts of 1 kB over one Postgres, ${CONNECTIONS} connections, by receivers`,
    )
    for (const count of RECEIVERS) await accepts(await start('receive', count))
    console.log(`scale: calls that take ${ANSWER_AFTER_MS} ms, 8 at once on each node, by workers`)
    let single = 0
    for (const count of WORKERS) {
      const perSecond = await works(await start('work', count), () => settled(database.url, schema))
      single ||= perSecond
      console.log(`${figure(perSecond)}   ${(perSecond / single).toFixed(2)} x one`)
    }
    console.log('')
  } finally {
    await query(database.url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
    await database.dispose()
    service.closeAllConnections()
    service.close()
  }
}

async function accepts(nodes: readonly ServerProcess[]): Promise<void> {
  const send = (seconds: number) =>
    Promise.all(
      nodes.map(({ url }) =>
        pushes({ url, body: BODY, connections: CONNECTIONS / nodes.length, seconds }),
      ),
    )
  try {
    await send(WARM_UP_SECONDS)
    const cpu = await cpuOf(nodes)
    const results = await send(SECONDS)
    const used = ((await cpuOf(nodes)) - cpu) / SECONDS
    const sum = (of: 'perSecond' | 'failed') => results.reduce((all, each) => all + each[of], 0)
    const slowest = Math.max(...results.map(({ p99 }) => p99))
    console.log(
      `  ${nodes.length}${figure(sum('perSecond'))}   p99 ${slowest} ms   failed ${sum('failed')}   nodes use ${used.toFixed(1)} cores`,
    )
  } finally {
    await Promise.all(nodes.map((node) => node.stop()))
  }
}

async function works(
  nodes: readonly ServerProcess[],
  settledSoFar: () => Promise<number>,
): Promise<number> {
  try {
    await sleep(WARM_UP_SECONDS * 1000)
    const [before, begun, cpu] = [await settledSoFar(), performance.now(), await cpuOf(nodes)]
    await sleep(SECONDS * 1000)
    const perSecond = (((await settledSoFar()) - before) / (performance.now() - begun)) * 1000
    const used = ((await cpuOf(nodes)) - cpu) / SECONDS
    process.stdout.write(`  ${nodes.length}   nodes use ${used.toFixed(1)} cores`)
    return perSecond
  } finally {
    await Promise.all(nodes.map((node) => node.stop()))
  }
}

async function cpuOf(nodes: readonly ServerProcess[]): Promise<number> {
  const usages = await Promise.all(nodes.map((node) => node.usage()))
  return usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)
}

async function settled(url: string, schema: string): Promise<number> {
  const sql = `SELECT count(*)::integer AS n FROM ${schema}.tasks WHERE state = 'succeeded'`
  return Number((await query(url, sql))[0]?.['n'])
}

async function startService(): Promise<Server> {
  const server = createServer((request, answer) => {
    request.resume().on('end', () => setTimeout(() => answer.end(), ANSWER_AFTER_MS))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

function figure(perSecond: number): string {
  return `${perSecond.toFixed(0).padStart(8)}/s`
}
