import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { hooklineVersion } from '../../core/kit/version.ts'
import { pushPayload, shortPush } from './accept.ts'
import { type AcceptRound, medians } from './peers/results.ts'
import { acceptRound } from './peers/rounds.ts'
import { bare, buildPackage, hookline, type Server } from './peers/servers.ts'

const ROUNDS = 3
const SECONDS = 3
const FILE = join(import.meta.dirname, 'last-release.json')

/** What an accept of 7.7 kB costs. Processor time and start are multiples of those of a bare handler, in the same rounds. */
const COSTS = z.object({
  release: z.string(),
  cpuToBare: z.number(),
  writtenKb: z.number(),
  loadMiB: z.number(),
  startToBare: z.number(),
})
type Costs = z.output<typeof COSTS>

const ROWS = {
  cpuToBare: ['processor time of an accept', 'times bare'],
  writtenKb: ['written for an accept', 'kB'],
  loadMiB: ['memory after the load', 'MiB'],
  startToBare: ['start to the first accept', 'times bare'],
} as const satisfies Readonly<Record<Exclude<keyof Costs, 'release'>, readonly [string, string]>>

/** Prints what an accept costs beside what it cost in the last release; with `save`, keeps it as that of this release. */
export async function guardBench(dataDir: string, saves: boolean): Promise<void> {
  buildPackage()
  const rounds: Record<'bare' | 'hookline', AcceptRound[]> = { bare: [], hookline: [] }
  for (let round = 0; round < ROUNDS; round++) {
    rounds.bare.push(await run(bare, dataDir))
    rounds.hookline.push(await run(hookline('waits'), dataDir))
  }
  const [one, own] = [medians(rounds.bare), medians(rounds.hookline)]
  const now: Costs = {
    release: hooklineVersion(),
    cpuToBare: own.large.cpuMicros / one.large.cpuMicros,
    writtenKb: own.large.writtenKb,
    loadMiB: own.loadMiB,
    startToBare: own.readyMs / one.readyMs,
  }
  const last = COSTS.parse(JSON.parse(readFileSync(FILE, 'utf8')))
  console.log(`guard: against ${last.release}, medians of ${ROUNDS} rounds`)
  for (const [name, [what, unit]] of Object.entries(ROWS)) {
    const [before, after] = [last, now].map((costs) => costs[name as keyof typeof ROWS])
    if (before === undefined || after === undefined) continue
    const change = `${after >= before ? '+' : ''}${(100 * (after / before - 1)).toFixed(0)} %`
    const figures = `${short(before).padStart(5)} → ${short(after).padStart(5)} ${unit}`
    console.log(`  ${what.padEnd(28)} ${figures.padEnd(26)} ${change}`)
  }
  console.log('')
  if (saves) writeFileSync(FILE, `${JSON.stringify(now, rounded, 2)}\n`)
}

async function run(server: Server, dataDir: string): Promise<AcceptRound> {
  const folder = join(dataDir, 'guard')
  mkdirSync(folder)
  try {
    const bodies = { small: shortPush(), large: JSON.stringify(pushPayload()) }
    return await acceptRound(server, folder, bodies, SECONDS)
  } finally {
    rmSync(folder, { recursive: true, maxRetries: 5 })
  }
}

function short(figure: number): string {
  return figure.toFixed(figure < 100 ? 1 : 0)
}

function rounded(_name: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(short(value)) : value
}
