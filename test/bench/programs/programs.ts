import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PYTHON } from '../../e2e/service.ts'
import { pushPayload } from '../accept.ts'
import { SECRET } from '../load.ts'
import { burst } from '../peers/burst.ts'
import { median } from '../peers/results.ts'
import { treeThreads } from '../process-tree.ts'
import { type ServerProcess, startServer } from '../server-process.ts'
import { waitUntilSettled } from '../tasks.ts'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5)
const PROGRAMS = 1500
const CONNECTIONS = 32
/** Each look takes processor time of the node. So the end is read from the tasks themselves. */
const POLL_MS = 250
/** Of the newest tasks: the last one to end is among them. */
const LAST_TASKS = 100
const PAUSE = '/api/pauses/program/nothing'
const LOOP = join(import.meta.dirname, 'spawn_loop.py')
const body = JSON.stringify(pushPayload())

/** What one run of programs took. Processor time in microseconds for each. */
interface Took {
  readonly perSecond: number
  readonly lagP99Ms: number
  readonly main: number
  readonly store: number
  readonly node: number
  readonly launcher: number
  readonly programs: number
}

/**
 * `/bin/true` from a backlog and through HTTP, beside a loop of posix_spawn in the same run: what the system needs to start
 * and end a program, whoever does it.
 */
export async function programsBench(dataDir: string): Promise<void> {
  const server = await startServer('hookline-server.ts', {
    BENCH_SECRET: SECRET,
    BENCH_CONFIG: join(import.meta.dirname, '../bench.config.ts'),
    BENCH_DATA: join(dataDir, 'programs'),
  })
  const one: number[] = []
  const two: number[] = []
  const backlogs: Took[] = []
  const through: Took[] = []
  try {
    // Warmed up: V8 compiles, and the launcher and its folders are there.
    await backlog(server)
    await throughHttp(server)
    for (let round = 1; round <= ROUNDS; round++) {
      one.push(await loop(1))
      backlogs.push(await backlog(server))
      two.push(await loop(2))
      through.push(await throughHttp(server))
    }
  } finally {
    await server.stop()
  }
  const loops = [median(one), median(two)]
  console.log('programs: /bin/true, medians of alternating rounds; CPU in µs for each')
  console.log(`  posix_spawn, one at a time     ${rate(median(one))}`)
  console.log(`  posix_spawn, two at a time     ${rate(median(two))}`)
  print('a backlog', backlogs, loops)
  print('through HTTP', through, loops)
  console.log('')
}

async function loop(atOnce: number): Promise<number> {
  const run = promisify(execFile)
  return Number((await run(PYTHON, ['-I', '-S', LOOP, `${PROGRAMS}`, `${atOnce}`])).stdout)
}

/** The store has all tasks before the first one runs. */
async function backlog(server: ServerProcess): Promise<Took> {
  await call(server, 'PUT', PAUSE)
  await push(server)
  return measure(server, () => call(server, 'DELETE', PAUSE))
}

function throughHttp(server: ServerProcess): Promise<Took> {
  return measure(server, () => push(server))
}

async function push({ url }: ServerProcess): Promise<void> {
  const { failed } = await burst(url, body, CONNECTIONS, PROGRAMS)
  if (failed > 0) throw new Error(`${failed} pushes were not accepted`)
}

async function lastEnd(server: ServerProcess): Promise<number> {
  const answer = await call(server, 'GET', `/api/tasks?limit=${LAST_TASKS}`)
  const { tasks } = (await answer.json()) as { tasks: readonly { endedAt: string }[] }
  return Math.max(...tasks.map(({ endedAt }) => Date.parse(endedAt)))
}

async function call(
  { url, token }: ServerProcess,
  method: string,
  path: string,
): Promise<Response> {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${url}${path}`, { method, headers })
  if (!answer.ok) throw new Error(`${method} ${path} was answered with ${answer.status}`)
  return answer
}

async function measure(server: ServerProcess, give: () => Promise<unknown>): Promise<Took> {
  const before = { usage: await server.usage(), threads: treeThreads(server.pid) }
  const begun = Date.now()
  await give()
  if (!(await waitUntilSettled(server, POLL_MS))) throw new Error('not all programs have ended')
  const after = { usage: await server.usage(), threads: treeThreads(server.pid) }
  const each = (used: number) => (used * 1e6) / PROGRAMS
  const thread = (pattern: RegExp) => {
    const of = (threads: typeof after.threads) =>
      threads.reduce((sum, { name, cpuSeconds }) => sum + (pattern.test(name) ? cpuSeconds : 0), 0)
    return each(of(after.threads) - of(before.threads))
  }
  const launcher = thread(/^launcher$/)
  const seconds = ((await lastEnd(server)) - begun) / 1000
  return {
    perSecond: PROGRAMS / seconds,
    lagP99Ms: after.usage.lagP99Ms,
    main: thread(/^main$/),
    store: thread(/sqlite/),
    node: each(after.usage.cpuSeconds - before.usage.cpuSeconds),
    launcher,
    programs: each(after.usage.childSeconds - before.usage.childSeconds) - launcher,
  }
}

function print(name: string, took: readonly Took[], loops: readonly number[]): void {
  const of = (key: keyof Took) => median(took.map((each) => each[key]))
  const cpu = (key: keyof Took) => of(key).toFixed(0)
  const perSecond = of('perSecond')
  const ratios = loops.map((loop) => (perSecond / loop).toFixed(2)).join(' and ')
  console.log(
    `  ${name.padEnd(30)} ${rate(perSecond)}   ${ratios} of these   ` +
      `event loop p99 ${of('lagP99Ms').toFixed(1)} ms late   CPU: node ${cpu('node')} ` +
      `(main ${cpu('main')}, SQLite ${cpu('store')}), launcher ${cpu('launcher')}, programs ${cpu('programs')}`,
  )
}

function rate(perSecond: number): string {
  return `${perSecond.toFixed(0).padStart(6)}/s`
}
