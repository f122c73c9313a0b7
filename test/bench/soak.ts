import { statSync } from 'node:fs'
import { join } from 'node:path'
import { pushPayload } from './accept.ts'
import { type LoadResult, pushes, SECRET } from './load.ts'
import { type ServerProcess, startServer } from './server-process.ts'
import { waitUntilSettled } from './tasks.ts'

const MINUTES = 20
/** Of what it can do. */
const PART_OF_LIMIT = 0.7
const LIMIT_SECONDS = 10
const CONNECTIONS = 32
const MIB = 2 ** 20
/** Thirds that differ by more are pointed out. */
const NOTABLE = 1.2
const COLUMNS = [
  'per second',
  'failed',
  'p50 ms',
  'p99 ms',
  'RSS MiB',
  'descriptors',
  'WAL MiB',
] as const

type Sample = Readonly<Record<(typeof COLUMNS)[number], number>>

/** Pushes that run `/bin/true`, at 70 % of what one node can take, for long: whether anything grows. */
export async function soakBench(dataDir: string, minutes = MINUTES): Promise<void> {
  const folder = join(dataDir, 'soak')
  const server = await startServer('hookline-server.ts', {
    BENCH_SECRET: SECRET,
    BENCH_CONFIG: join(import.meta.dirname, 'bench.config.ts'),
    BENCH_DATA: folder,
    // As `npm start` and the units set it.
    MALLOC_ARENA_MAX: '2',
  })
  try {
    const limit = await findLimit(server)
    const perSecond = Math.max(1, Math.round(limit * PART_OF_LIMIT))
    console.log(
      `soak: ${perSecond} pushes a second for ${minutes} minutes, of ${Math.round(limit)} that it can take and run`,
    )
    console.log(['  minute', ...COLUMNS].map(cell).join(''))
    const samples: Sample[] = []
    for (let minute = 1; minute <= minutes; minute++) {
      const load = await send(server, 60, perSecond)
      const sample = await sampleOf(server, folder, load)
      samples.push(sample)
      console.log([minute, ...COLUMNS.map((column) => sample[column])].map(cell).join(''))
    }
    compareThirds(samples)
    console.log('')
  } finally {
    await server.stop()
  }
}

/** Pushes per second with which what waits does not grow. */
async function findLimit(server: ServerProcess): Promise<number> {
  const begun = performance.now()
  const { accepted } = await send(server, LIMIT_SECONDS)
  await waitUntilSettled(server)
  return (accepted * 1000) / (performance.now() - begun)
}

function send({ url }: ServerProcess, seconds: number, perSecond?: number): Promise<LoadResult> {
  const body = JSON.stringify(pushPayload())
  const rate = perSecond === undefined ? {} : { perSecond }
  return pushes({ url, body, connections: CONNECTIONS, seconds, ...rate })
}

async function sampleOf(
  server: ServerProcess,
  folder: string,
  { perSecond, failed, p50, p99 }: LoadResult,
): Promise<Sample> {
  const { rssMiB, descriptors } = await server.usage()
  return {
    'per second': perSecond,
    failed,
    'p50 ms': p50,
    'p99 ms': p99,
    'RSS MiB': rssMiB,
    descriptors,
    'WAL MiB':
      (statSync(join(folder, 'hookline.db-wal'), { throwIfNoEntry: false })?.size ?? 0) / MIB,
  }
}

/** The first minutes are those of a store that is still small and of code that is not compiled yet. */
function compareThirds(samples: readonly Sample[]): void {
  const length = Math.ceil(samples.length / 3)
  const mean = (some: readonly Sample[], column: keyof Sample) =>
    some.reduce((sum, sample) => sum + sample[column], 0) / some.length
  for (const column of COLUMNS) {
    const first = mean(samples.slice(0, length), column)
    const last = mean(samples.slice(-length), column)
    const differs = last > first * NOTABLE ? '   GREW' : ''
    console.log(`  ${column}: first third ${figure(first)}, last third ${figure(last)}${differs}`)
  }
}

function cell(value: string | number): string {
  return (typeof value === 'string' ? value : figure(value)).padStart(13)
}

function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1)
}
