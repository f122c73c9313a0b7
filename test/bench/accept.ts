import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type LoadResult, pushes, SECRET } from './load.ts'
import { type ServerProcess, startServer } from './server-process.ts'

const ROUNDS = 3
const SECONDS = 5
const CONNECTIONS = 64
const WARM_UP_SECONDS = 2

/** Durable accept against a bare handler that keeps nothing: both in one run, in turns, best round of each. */
export async function acceptBench(dataDir: string): Promise<void> {
  const body = JSON.stringify(pushPayload())
  const bare = await startServer('bare-server.ts', { BENCH_SECRET: SECRET })
  const hookline = await startServer('hookline-server.ts', {
    BENCH_SECRET: SECRET,
    BENCH_ROLE: 'receive',
    BENCH_CONFIG: join(import.meta.dirname, 'bench.config.ts'),
    BENCH_DATA: join(dataDir, 'accept'),
  })
  const load = { body, connections: CONNECTIONS }
  const rounds: Record<'bare' | 'hookline', Round[]> = { bare: [], hookline: [] }
  try {
    for (const server of [bare, hookline]) {
      await pushes({ ...load, url: server.url, seconds: WARM_UP_SECONDS })
    }
    for (let round = 0; round < ROUNDS; round++) {
      rounds.bare.push(await runRound(bare, load))
      rounds.hookline.push(await runRound(hookline, load))
    }
    console.log(`accept: ${body.length} byte GitHub push, ${CONNECTIONS} connections`)
    print('bare Hono, nothing kept', rounds.bare)
    print('hookline, committed', rounds.hookline)
    const ratio = best(rounds.hookline).perSecond / best(rounds.bare).perSecond
    console.log(`  durable / bare: ${(100 * ratio).toFixed(0)} %\n`)
  } finally {
    await Promise.all([bare.stop(), hookline.stop()])
  }
}

interface Round extends LoadResult {
  /** Processor time of the server per accepted request, in microseconds. */
  readonly cpuMicros: number
  readonly rssMiB: number
}

async function runRound(
  server: ServerProcess,
  load: { readonly body: string; readonly connections: number },
): Promise<Round> {
  const before = await server.usage()
  const result = await pushes({ ...load, url: server.url, seconds: SECONDS })
  const after = await server.usage()
  const cpuMicros = ((after.cpuSeconds - before.cpuSeconds) * 1e6) / result.accepted
  return { ...result, cpuMicros, rssMiB: after.rssMiB }
}

function print(name: string, rounds: readonly Round[]): void {
  const { perSecond, p50, p99, cpuMicros, rssMiB } = best(rounds)
  const failed = rounds.reduce((sum, round) => sum + round.failed, 0)
  console.log(
    `  ${name.padEnd(26)} ${perSecond.toFixed(0).padStart(7)}/s   p50 ${p50} ms   p99 ${p99} ms   ${cpuMicros.toFixed(0)} µs CPU each   ${rssMiB.toFixed(0)} MiB   failed ${failed}`,
  )
}

function best(rounds: readonly Round[]): Round {
  const sorted = rounds.toSorted((one, other) => other.perSecond - one.perSecond)
  if (sorted[0] === undefined) throw new Error('no round was run')
  return sorted[0]
}

/** The largest push of the published examples. */
export function pushPayload(): unknown {
  const require = createRequire(import.meta.url)
  const file = require.resolve('@octokit/webhooks-examples')
  const all = JSON.parse(readFileSync(file, 'utf8')) as { name: string; examples: unknown[] }[]
  const examples = all.find((entry) => entry.name === 'push')?.examples ?? []
  return examples.toSorted((a, b) => JSON.stringify(b).length - JSON.stringify(a).length)[0]
}

/** A push of about 2 kB: the large one without links and without the commit that it has twice. */
export function shortPush(): string {
  const isLeftOut = (name: string) => name.endsWith('url') || name === 'head_commit'
  return JSON.stringify(pushPayload(), (name, value) => (isLeftOut(name) ? undefined : value))
}
