import { join } from 'node:path'
import { type LoadResult, pushes, SECRET } from './load.ts'
import { startServer } from './server-process.ts'

const VIEWERS = 200
const ROUNDS = 3
const SECONDS = 5
const CONNECTIONS = 64
const WARM_UP_SECONDS = 2
const BODY = JSON.stringify({ ref: 'refs/heads/main', padding: 'x'.repeat(900) })

/** What viewers of live changes cost accepts: with and without them, in turns, best round of each. */
export async function viewersBench(dataDir: string): Promise<void> {
  const server = await startServer('hookline-server.ts', {
    BENCH_SECRET: SECRET,
    BENCH_ROLE: 'receive',
    BENCH_CONFIG: join(import.meta.dirname, 'bench.config.ts'),
    BENCH_DATA: join(dataDir, 'viewers'),
  })
  const load = { url: server.url, body: BODY, connections: CONNECTIONS }
  const alone: LoadResult[] = []
  const watched: LoadResult[] = []
  let bytes = 0
  try {
    await pushes({ ...load, seconds: WARM_UP_SECONDS })
    for (let round = 0; round < ROUNDS; round++) {
      alone.push(await pushes({ ...load, seconds: SECONDS }))
      const viewers = await Promise.all(
        Array.from({ length: VIEWERS }, () => openViewer(server, (read) => (bytes += read))),
      )
      watched.push(await pushes({ ...load, seconds: SECONDS }))
      for (const close of viewers) close()
    }
    console.log(
      `viewers: accepts with ${VIEWERS} viewers of /api/events, ${CONNECTIONS} connections`,
    )
    print('no viewers', alone)
    print(`${VIEWERS} viewers`, watched)
    const ratio = best(watched).perSecond / best(alone).perSecond
    const each = bytes / (VIEWERS * ROUNDS * SECONDS)
    console.log(
      `  watched / alone: ${(100 * ratio).toFixed(0)} %, ${each.toFixed(0)} bytes/s each\n`,
    )
  } finally {
    await server.stop()
  }
}

/** Returns a function that closes it. */
async function openViewer(
  { url, token }: { readonly url: string; readonly token: string },
  onRead: (bytes: number) => void,
): Promise<() => void> {
  const closing = new AbortController()
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${url}/api/events`, { headers, signal: closing.signal })
  if (answer.status !== 200) throw new Error(`a viewer got ${answer.status}`)
  const read = async () => {
    for await (const part of answer.body ?? []) onRead(part.byteLength)
  }
  // It ends with an error when it is closed.
  void read().catch(() => {})
  return () => closing.abort()
}

function print(name: string, rounds: readonly LoadResult[]): void {
  const { perSecond, p50, p99 } = best(rounds)
  const failed = rounds.reduce((sum, round) => sum + round.failed, 0)
  console.log(
    `  ${name.padEnd(14)} ${perSecond.toFixed(0).padStart(7)}/s   p50 ${p50} ms   p99 ${p99} ms   failed ${failed}`,
  )
}

function best(rounds: readonly LoadResult[]): LoadResult {
  return rounds.reduce((one, other) => (other.perSecond > one.perSecond ? other : one))
}
