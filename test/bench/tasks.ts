import { join } from 'node:path'
import { pushPayload } from './accept.ts'
import { pushes, SECRET } from './load.ts'
import { startServer } from './server-process.ts'

const SECONDS = 5
const DRAIN_SECONDS = 60

/** From HTTP to the settled task, with a real process for each. */
export async function taskBench(dataDir: string): Promise<void> {
  const body = JSON.stringify(pushPayload())
  const server = await startServer('hookline-server.ts', {
    BENCH_SECRET: SECRET,
    BENCH_CONFIG: join(import.meta.dirname, 'bench.config.ts'),
    BENCH_DATA: join(dataDir, 'tasks'),
  })
  try {
    const begun = performance.now()
    const { accepted } = await pushes({ url: server.url, body, connections: 4, seconds: SECONDS })
    const settled = await waitUntilSettled(server.url, server.token)
    const seconds = (performance.now() - begun) / 1000
    console.log('tasks: GitHub push to settled /bin/true, one process each')
    console.log(
      `  subprocess                 ${(accepted / seconds).toFixed(0).padStart(7)}/s   ${accepted} accepted, ${settled ? 'all settled' : 'NOT all settled'} in ${seconds.toFixed(1)} s   ${(await server.usage()).rssMiB.toFixed(0)} MiB\n`,
    )
  } finally {
    await server.stop()
  }
}

async function waitUntilSettled(url: string, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` }
  const deadline = performance.now() + DRAIN_SECONDS * 1000
  while (performance.now() < deadline) {
    const counts = await Promise.all(
      ['waiting', 'running'].map(async (state) => {
        const answer = await fetch(`${url}/api/tasks?state=${state}&limit=1`, { headers })
        return ((await answer.json()) as { tasks: unknown[] }).tasks.length
      }),
    )
    if (counts.every((count) => count === 0)) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}
