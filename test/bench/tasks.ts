import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pushPayload } from './accept.ts'
import { pushes, SECRET } from './load.ts'
import { type ServerProcess, startServer } from './server-process.ts'

const SECONDS = 5
const CONNECTIONS = 16
const SETTLE_SECONDS = 120
const POLL_MS = 50
const body = JSON.stringify(pushPayload())

interface Row {
  readonly name: string
  /** Sent per second: more than it can do, but not all that can be sent. What is only accepted takes time from the rest. */
  readonly perSecond: number
  readonly env: Readonly<Record<string, string>>
}

const SUBPROCESS: readonly Row[] = [
  { name: 'subprocess (cross-spawn)', perSecond: 1000, env: { BENCH_LAUNCHER: 'off' } },
  { name: 'subprocess (launcher)', perSecond: 2000, env: { BENCH_LAUNCHER: 'auto' } },
]
const PYTHON: readonly Row[] = [
  { name: 'python (spawn)', perSecond: 100, env: { BENCH_PROGRAM: 'python-spawn' } },
  { name: 'python (warm)', perSecond: 1000, env: { BENCH_PROGRAM: 'python-warm' } },
  { name: 'python (workers)', perSecond: 2000, env: { BENCH_PROGRAM: 'python-workers' } },
]

/** From HTTP to the settled task, with a real program for each; then a backlog, with nothing else to do. */
export async function taskBench(dataDir: string, wanted = ''): Promise<void> {
  const receiver = createServer((request, answer) => request.resume().on('end', () => answer.end()))
  await once(receiver.listen(0, '127.0.0.1'), 'listening')
  const { port } = receiver.address() as AddressInfo
  const http = { BENCH_PROGRAM: 'http', BENCH_RECEIVER: `http://127.0.0.1:${port}/` }
  console.log('tasks: GitHub push to settled task; /bin/true, or Python with four imports')
  const image = process.env['BENCH_IMAGE']
  const rows = [...SUBPROCESS, ...PYTHON, { name: 'http', perSecond: 2000, env: http }]
  if (image === undefined)
    console.log('  docker                     skipped: BENCH_IMAGE names no image')
  else
    rows.push({
      name: 'docker',
      perSecond: 100,
      env: { BENCH_PROGRAM: 'docker', BENCH_IMAGE: image },
    })
  for (const row of rows.filter(({ name }) => name.includes(wanted)))
    await endToEnd(row, join(dataDir, `tasks-${row.name}`))
  console.log('tasks: a backlog of the same, worked off')
  for (const row of [...SUBPROCESS, ...PYTHON].filter(({ name }) => name.includes(wanted)))
    await backlog(row, join(dataDir, `backlog-${row.name}`))
  receiver.close()
  console.log('')
}

async function endToEnd(row: Row, dataDir: string): Promise<void> {
  const server = await openServer(row, dataDir, 'all')
  await measure(row.name, server, async () => {
    return (
      await pushes({
        url: server.url,
        body,
        connections: CONNECTIONS,
        seconds: SECONDS,
        perSecond: row.perSecond,
      })
    ).accepted
  })
}

async function backlog(row: Row, dataDir: string): Promise<void> {
  const receiver = await openServer(row, dataDir, 'receive')
  const seconds = row.name.includes('spawn') ? 1 : 3
  const { accepted } = await pushes({ url: receiver.url, body, connections: CONNECTIONS, seconds })
  await receiver.stop()
  await measure(row.name, await openServer(row, dataDir, 'all'), async () => accepted)
}

function openServer(row: Row, dataDir: string, role: 'all' | 'receive'): Promise<ServerProcess> {
  return startServer('hookline-server.ts', {
    BENCH_SECRET: SECRET,
    BENCH_CONFIG: join(import.meta.dirname, 'bench.config.ts'),
    BENCH_DATA: dataDir,
    BENCH_ROLE: role,
    ...row.env,
  })
}

/** Gives a server its tasks, waits until all are settled, and stops it. */
async function measure(
  name: string,
  server: ServerProcess,
  give: () => Promise<number>,
): Promise<void> {
  try {
    const before = await server.usage()
    const begun = performance.now()
    const tasks = await give()
    const isSettled = await waitUntilSettled(server)
    const seconds = (performance.now() - begun) / 1000
    const after = await server.usage()
    const micros = (used: number) => ((used * 1e6) / tasks).toFixed(0)
    console.log(
      `  ${name.padEnd(26)} ${(tasks / seconds).toFixed(0).padStart(7)}/s   ${tasks} tasks, ${isSettled ? 'all settled' : 'NOT all settled'}   CPU each: node ${micros(after.cpuSeconds - before.cpuSeconds)} µs, children ${micros(after.childSeconds - before.childSeconds)} µs   event loop p99 ${after.lagP99Ms.toFixed(1)} ms late   ${after.rssMiB.toFixed(0)} MiB`,
    )
  } finally {
    await server.stop()
  }
}

export async function waitUntilSettled(
  { url, token }: Pick<ServerProcess, 'url' | 'token'>,
  pollMs = POLL_MS,
): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` }
  const deadline = performance.now() + SETTLE_SECONDS * 1000
  while (performance.now() < deadline) {
    const counts = await Promise.all(
      ['waiting', 'running'].map(async (state) => {
        const answer = await fetch(`${url}/api/tasks?state=${state}&limit=1`, { headers })
        return ((await answer.json()) as { tasks: unknown[] }).tasks.length
      }),
    )
    if (counts.every((count) => count === 0)) return true
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  return false
}
