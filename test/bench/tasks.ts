import { join } from 'node:path'
import { pushPayload } from './accept.ts'
import { pushes, SECRET } from './load.ts'
import { type ServerProcess, startServer } from './server-process.ts'

const SECONDS = 5
const SETTLE_SECONDS = 120
const POLL_MS = 50

/** Ways in which programs are started. */
const STARTS = { 'cross-spawn': 'off', launcher: 'auto' } as const
type Start = keyof typeof STARTS

/** From HTTP to the settled task, with a real process for each; then a backlog, with nothing else to do. */
export async function taskBench(dataDir: string): Promise<void> {
  const body = JSON.stringify(pushPayload())
  console.log('tasks: GitHub push to settled /bin/true, one process each')
  for (const start of Object.keys(STARTS) as Start[]) {
    const place = { start, dataDir: join(dataDir, `tasks-${start}`) }
    const server = await openServer(place, 'all')
    await measure(`subprocess (${start})`, server, async () => {
      return (await pushes({ url: server.url, body, connections: 4, seconds: SECONDS })).accepted
    })
  }
  console.log('tasks: a backlog of the same, worked off')
  for (const start of Object.keys(STARTS) as Start[]) {
    const place = { start, dataDir: join(dataDir, `backlog-${start}`) }
    const receiver = await openServer(place, 'receive')
    const { accepted } = await pushes({ url: receiver.url, body, connections: 16, seconds: 3 })
    await receiver.stop()
    await measure(`subprocess (${start})`, await openServer(place, 'all'), async () => accepted)
  }
  console.log('')
}

interface Place {
  readonly start: Start
  readonly dataDir: string
}

function openServer({ start, dataDir }: Place, role: 'all' | 'receive'): Promise<ServerProcess> {
  return startServer('hookline-server.ts', {
    BENCH_SECRET: SECRET,
    BENCH_CONFIG: join(import.meta.dirname, 'bench.config.ts'),
    BENCH_DATA: dataDir,
    BENCH_LAUNCHER: STARTS[start],
    BENCH_ROLE: role,
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
      `  ${name.padEnd(26)} ${(tasks / seconds).toFixed(0).padStart(7)}/s   ${tasks} tasks, ${isSettled ? 'all settled' : 'NOT all settled'}   CPU each: node ${micros(after.cpuSeconds - before.cpuSeconds)} µs, launcher ${micros(after.childSeconds - before.childSeconds)} µs   event loop p99 ${after.lagP99Ms.toFixed(1)} ms late   ${after.rssMiB.toFixed(0)} MiB`,
    )
  } finally {
    await server.stop()
  }
}

async function waitUntilSettled({ url, token }: ServerProcess): Promise<boolean> {
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
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  return false
}
