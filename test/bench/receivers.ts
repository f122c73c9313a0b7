import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pushes, SECRET } from './load.ts'
import { treeIds } from './process-tree.ts'

const RECEIVERS = [1, 2] as const
const ROUNDS = 3
const SECONDS = 4
const WARM_UP_SECONDS = 2
const CONNECTIONS = 64
const TICKS_PER_SECOND = 100
const STORE_THREAD = 'hookline-sqlite'
const BODY = JSON.stringify({ ref: 'refs/heads/main', padding: 'x'.repeat(900) })

/** Processor time of each accept, in microseconds. */
interface Spent {
  readonly main: number
  readonly store: number
  /** Of the event loops of all receivers together; 0 if the main process receives. */
  readonly receivers: number
  /** With the threads that Node.js collects garbage in. */
  readonly all: number
}

/**
 * What an accept costs each process, with one process and with receivers. A thread uses one processor at most, so the
 * busiest one limits a machine with many, and the figures say so also where there are few.
 */
export async function receiversBench(dataDir: string): Promise<void> {
  console.log(`receivers: accepts of 1 kB over ${CONNECTIONS} connections, processor time of each`)
  const limits: number[] = []
  for (const count of RECEIVERS) {
    const spent = await measure(count, join(dataDir, `receivers-${count}`))
    const busiest = Math.max(spent.main, spent.store, spent.receivers / count)
    limits.push(1e6 / busiest)
    const { main, store, receivers, all } = spent
    const parts = [main, store, receivers, all].map((micros) => `${micros.toFixed(0)} µs`)
    console.log(
      `  ${count}   main ${parts[0]}   store ${parts[1]}   receivers ${parts[2]}   all threads ${parts[3]}   at most ${(1e6 / busiest).toFixed(0)}/s`,
    )
  }
  const [one = 0, two = 0] = limits
  console.log(`  ${(two / one).toFixed(1)} times as many, with a processor for each thread\n`)
}

/** The round with the least processor time: others of the machine only add to it. */
async function measure(count: number, dataDir: string): Promise<Spent> {
  const child = fork(join(import.meta.dirname, 'hookline-server.ts'), {
    env: {
      ...process.env,
      BENCH_SECRET: SECRET,
      BENCH_ROLE: 'receive',
      BENCH_RECEIVERS: String(count),
      BENCH_CONFIG: join(import.meta.dirname, 'bench.config.ts'),
      BENCH_DATA: dataDir,
    },
  })
  try {
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    const load = { url: `http://127.0.0.1:${port}`, body: BODY, connections: CONNECTIONS }
    await pushes({ ...load, seconds: WARM_UP_SECONDS })
    const rounds: Spent[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const before = threadsOf(child.pid ?? 0)
      const { accepted } = await pushes({ ...load, seconds: SECONDS })
      rounds.push(spentOn(accepted, before, threadsOf(child.pid ?? 0)))
    }
    return rounds.toSorted((one, other) => one.all - other.all)[0] as Spent
  } finally {
    child.disconnect()
    await once(child, 'exit')
  }
}

interface Thread {
  readonly kind: keyof Spent
  readonly seconds: number
}

function spentOn(
  accepted: number,
  before: ReadonlyMap<string, Thread>,
  after: ReadonlyMap<string, Thread>,
): Spent {
  const spent = { main: 0, store: 0, receivers: 0, all: 0 }
  for (const [id, { kind, seconds }] of after) {
    const micros = ((seconds - (before.get(id)?.seconds ?? 0)) * 1e6) / accepted
    spent.all += micros
    if (kind !== 'all') spent[kind] += micros
  }
  return spent
}

/** All threads of a process and its descendants. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function threadsOf(main: number): ReadonlyMap<string, Thread> {
  const threads = new Map<string, Thread>()
  for (const pid of treeIds([main])) {
    for (const id of readdirSync(`/proc/${pid}/task`)) {
      const stat = readFileSync(`/proc/${pid}/task/${id}/stat`, 'latin1')
      const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const seconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
      let kind: Thread['kind'] = name === STORE_THREAD ? 'store' : 'all'
      if (Number(id) === pid) kind = pid === main ? 'main' : 'receivers'
      threads.set(`${pid} ${id}`, { kind, seconds })
    }
  }
  return threads
}
