import { join } from 'node:path'
import { history } from '../e2e/dashboard/populated/history.ts'
import { createIn } from '../plugins/stores/sqlite/create-sqlite.ts'
import { seedStore } from '../seeded-store.ts'
import { SECRET } from './load.ts'
import { type ServerProcess, startServer } from './server-process.ts'

const COUNT = Number(process.env['BENCH_COUNT'] ?? 100_000)
const DAY_MS = 86_400_000
const DAYS = 30
const CALLS = 20
const PATHS = [
  '/api/tasks?limit=50',
  '/api/tasks?state=dead&limit=50',
  '/api/deliveries?limit=50',
  '/api/deliveries?outcome=refused&limit=50',
  ...['/', '/deliveries', '/tasks', '/tasks?state=dead', '/errors', '/jobs', '/configuration'],
  ...['/playground', '/nodes', '/audit', '/tokens'],
] as const

/** How soon each page and list begins to come, with many deliveries and tasks of the past. */
export async function pagesBench(dataDir: string): Promise<void> {
  const folder = join(dataDir, 'pages')
  const now = Date.now()
  const begun = performance.now()
  await seedStore(createIn(folder), history(COUNT, now - DAYS * DAY_MS, now))
  const seconds = (performance.now() - begun) / 1000
  console.log(`pages: first byte with ${COUNT} deliveries stored, in ${seconds.toFixed(1)} s`)
  const server = await startServer('hookline-server.ts', {
    BENCH_SECRET: SECRET,
    BENCH_CONFIG: join(import.meta.dirname, 'bench.config.ts'),
    BENCH_DATA: folder,
  })
  try {
    for (const path of PATHS) console.log(`  ${path.padEnd(44)} ${await firstBytes(server, path)}`)
  } finally {
    await server.stop()
  }
  console.log('')
}

async function firstBytes({ url, token }: ServerProcess, path: string): Promise<string> {
  const times: number[] = []
  let bytes = 0
  for (let call = 0; call < CALLS; call++) {
    const begun = performance.now()
    const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })
    times.push(performance.now() - begun)
    if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`)
    bytes = (await answer.arrayBuffer()).byteLength
  }
  const sorted = times.toSorted((one, other) => one - other)
  const figure = (at: number) => `${(sorted[at] ?? 0).toFixed(1).padStart(6)} ms`
  const [first = 0] = times
  return `p50 ${figure(CALLS / 2)}   slowest ${figure(CALLS - 1)}   first ${first.toFixed(1)} ms   ${bytes} bytes`
}
