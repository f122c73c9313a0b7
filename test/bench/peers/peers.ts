import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { pushPayload, shortPush } from '../accept.ts'
import { chart } from './chart.ts'
import { machineOf } from './machine.ts'
import { figuresOf, performancePage } from './page.ts'
import { medians, type Named, type ProgramRow, type Results } from './results.ts'
import { acceptRound, programRound } from './rounds.ts'
import {
  adnanh,
  bare,
  buildPackage,
  celery,
  fastapi,
  hookline,
  missingOf,
  type Server,
} from './servers.ts'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5)
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 3)
const CELERY_WORKERS = 2
const DOCS = join(import.meta.dirname, '../../../docs')

interface Contestant extends Named {
  readonly server: Server
}

const ACCEPT: readonly Contestant[] = [
  { name: 'bare Hono', kind: 'bare', server: bare },
  { name: 'Hookline', kind: 'hookline', server: hookline('waits') },
  { name: 'Hookline, from its sources', kind: 'hookline', server: hookline('waits', 'sources') },
  { name: 'adnanh/webhook', kind: 'adnanh', server: adnanh('nothing') },
  { name: 'FastAPI', kind: 'fastapi', server: fastapi('nothing') },
  { name: 'FastAPI + Celery', kind: 'celery', server: celery(0) },
]

const TRUE: readonly Contestant[] = [
  { name: 'Hookline, `subprocess`', kind: 'hookline', server: hookline('nothing') },
  { name: 'adnanh/webhook', kind: 'adnanh', server: adnanh('true') },
  { name: 'FastAPI + `subprocess`', kind: 'fastapi', server: fastapi('true') },
]

const PYTHON: readonly Contestant[] = [
  { name: 'Hookline, `workers`', kind: 'hookline', server: hookline('python-workers') },
  { name: 'Hookline, `warm`', kind: 'hookline', server: hookline('python-warm') },
  { name: 'Hookline, `spawn`', kind: 'hookline', server: hookline('python-spawn') },
  { name: 'adnanh/webhook', kind: 'adnanh', server: adnanh('python') },
  { name: 'FastAPI + `subprocess`', kind: 'fastapi', server: fastapi('python') },
  { name: 'FastAPI + Celery', kind: 'celery', server: celery(CELERY_WORKERS) },
]

const RUN: readonly (Contestant & Pick<ProgramRow, 'program'>)[] = [
  ...TRUE.map((contestant) => ({ ...contestant, program: 'true' as const })),
  ...PYTHON.map((contestant) => ({ ...contestant, program: 'python' as const })),
]

/** Runs Hookline beside what else people use, in turns, and writes docs/performance.md and its chart. */
export async function peersBench(dataDir: string): Promise<void> {
  if (process.platform !== 'linux') throw new Error('peers are measured by /proc, so only on Linux')
  // The servers end with this process.
  process.once('SIGTERM', () => process.exit(1))
  const [loadBefore = 0] = loadavg()
  buildPackage()
  const large = JSON.stringify(pushPayload())
  const small = shortPush()
  const machine = machineOf(dataDir)
  const skipped: string[] = []
  const accepts = await inTurns('accepts', ACCEPT, dataDir, skipped, (server, folder) =>
    acceptRound(server, folder, { small, large }, SECONDS),
  )
  const programs = await inTurns('programs', RUN, dataDir, skipped, (server, folder) =>
    programRound(server, folder, large, SECONDS),
  )
  const results: Results = {
    ...{ accepts, programs, skipped: [...new Set(skipped)], machine, loadBefore },
    ...{ rounds: ROUNDS, seconds: SECONDS, date: new Date().toISOString().slice(0, 10) },
    ...{ smallBytes: small.length, largeBytes: large.length },
  }
  writeFileSync(join(DOCS, 'images/performance.svg'), chart(results))
  writeFileSync(join(DOCS, 'performance.md'), performancePage(results))
  console.log(`\n${figuresOf(results)}\n`)
  console.log('peers: wrote docs/performance.md and docs/images/performance.svg\n')
}

/** The medians of rounds in which each has its turn. What cannot run here is left out, and named. */
async function inTurns<One extends Contestant, Round extends object>(
  what: string,
  all: readonly One[],
  dataDir: string,
  skipped: string[],
  round: (server: Server, folder: string) => Promise<Round>,
): Promise<(Omit<One, 'server'> & Round)[]> {
  const there = all.filter(({ name, server }) => {
    const missing = missingOf(server)
    if (missing !== null) skipped.push(`${name}: ${missing}`)
    return missing === null
  })
  const rounds = new Map<One, Round[]>(there.map((one) => [one, []]))
  for (let turn = 1; turn <= ROUNDS; turn++) {
    for (const [one, done] of rounds) {
      const folder = join(dataDir, 'server')
      mkdirSync(folder)
      try {
        done.push(await round(one.server, folder))
      } finally {
        rmSync(folder, { recursive: true, maxRetries: 5 })
      }
      console.log(`  ${what}, round ${turn} of ${ROUNDS}: ${one.name}`)
    }
  }
  return [...rounds].map(([{ server: _, ...one }, done]) => ({ ...one, ...medians(done) }))
}
