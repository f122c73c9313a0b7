import { join } from 'node:path'
import type { JobView } from '../../core/api/jobs/routes.ts'
import { createIn } from '../plugins/stores/sqlite/create-sqlite.ts'
import { type Seed, seedStore } from '../seeded-store.ts'
import { type LoadResult, pushes, SECRET } from './load.ts'
import { type ServerProcess, startServer } from './server-process.ts'

const TASKS = Number(process.env['BENCH_COUNT'] ?? 50_000)
const SECONDS = 5
const CONNECTIONS = 64
const WARM_UP_SECONDS = 2
const BODY = JSON.stringify({ ref: 'refs/heads/main', padding: 'x'.repeat(900) })
/** No node runs it: what it costs to run tasks is measured elsewhere. */
const PROGRAM = 'waits'

/** What the retry of many tasks costs accepts: without it, and for as long as it runs. */
export async function jobsBench(dataDir: string): Promise<void> {
  const folder = join(dataDir, 'jobs')
  await seedStore(createIn(folder), deadTasks(Date.now() - TASKS))
  const server = await startServer('hookline-server.ts', {
    BENCH_SECRET: SECRET,
    BENCH_CONFIG: join(import.meta.dirname, 'bench.config.ts'),
    BENCH_PROGRAM: PROGRAM,
    BENCH_DATA: folder,
  })
  const send = (seconds: number) =>
    pushes({ url: server.url, body: BODY, connections: CONNECTIONS, seconds })
  try {
    await send(WARM_UP_SECONDS)
    const alone = await send(SECONDS)
    const filter = { program: PROGRAM, state: 'dead' }
    const { id } = await ask(server, '/api/jobs', { action: 'retry', filter })
    const during: LoadResult[] = []
    let job: JobView
    do {
      during.push(await send(SECONDS))
      job = await ask(server, `/api/jobs/${id}`)
    } while (job.endedAt === null)
    // In the last round, the job may have ended early.
    const whole = during.length > 1 ? during.slice(0, -1) : during
    const seconds = (Date.parse(job.endedAt) - Date.parse(job.createdAt)) / 1000
    console.log(`jobs: accepts while ${job.done} tasks are retried, ${CONNECTIONS} connections`)
    print('no job', [alone])
    print('a retry runs', whole)
    const ratio = mean(whole) / alone.perSecond
    console.log(`  during / alone: ${(100 * ratio).toFixed(0)} %, in ${seconds.toFixed(0)} s\n`)
  } finally {
    await server.stop()
  }
}

function* deadTasks(begin: number): Generator<Seed> {
  const task = { rule: 'dead', program: PROGRAM, state: 'dead', reason: 'exit code 1' } as const
  for (let count = 0; count < TASKS; count++) {
    const tasks = [{ ...task, waitedMs: 0, tookMs: 0, exitCode: 1 }]
    yield { at: begin + count, source: 'github', body: BODY, type: 'push', tasks }
  }
}

async function ask({ url, token }: ServerProcess, path: string, json?: object): Promise<JobView> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const sent = json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) }
  const answer = await fetch(url + path, { headers, ...sent })
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`)
  return (await answer.json()) as JobView
}

function print(name: string, rounds: readonly LoadResult[]): void {
  const failed = rounds.reduce((sum, round) => sum + round.failed, 0)
  const p99 = Math.max(...rounds.map((round) => round.p99))
  console.log(
    `  ${name.padEnd(14)} ${mean(rounds).toFixed(0).padStart(7)}/s   p99 ${p99} ms   failed ${failed}`,
  )
}

function mean(rounds: readonly LoadResult[]): number {
  return rounds.reduce((sum, { perSecond }) => sum + perSecond, 0) / rounds.length
}
