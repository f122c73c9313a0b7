import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from '../../plugins/executors/servers/server-process.ts'
import { pushes, signedHeaders } from '../load.ts'
import { treeUsage } from '../process-tree.ts'
import { burst } from './burst.ts'
import { type AcceptRound, type LoadRound, median, type ProgramRound } from './results.ts'
import type { Running, Server } from './servers.ts'

export const CONNECTIONS = 32
/** Times the length of a load. An engine of JavaScript compiles for the first seconds, and services run for days. */
const WARM_UP = 3
/** Until a server has given back what only its start has needed. */
const IDLE_MS = 2_000
const READY_POLL_MS = 5
const START_MS = 60_000
const MEGA = 2 ** 20
const KILO = 1000

/** One start of a server, and what it does with pushes that no program is run for. */
export async function acceptRound(
  server: Server,
  folder: string,
  bodies: { readonly small: string; readonly large: string },
  seconds: number,
): Promise<AcceptRound> {
  const { running, readyMs } = await open(server, folder, bodies.small)
  try {
    await sleep(IDLE_MS)
    const idleMiB = treeUsage(running.pids).rssBytes / MEGA
    const { url } = running
    const warmUp = WARM_UP * seconds
    await pushes({ url, body: bodies.large, connections: CONNECTIONS, seconds: warmUp })
    const small = await load(running, bodies.small, seconds)
    const large = await load(running, bodies.large, seconds)
    const loadMiB = treeUsage(running.pids).rssBytes / MEGA
    return { readyMs, idleMiB, loadMiB, small, large }
  } finally {
    await running.stop()
  }
}

/** One start of a server, and a burst of pushes, until the program of each has ended. */
export async function programRound(
  server: Server,
  folder: string,
  body: string,
  seconds: number,
): Promise<ProgramRound> {
  const { running } = await open(server, folder, body)
  let total = 1
  const run = async (count: number) => {
    const begun = performance.now()
    const result = await burst(running.url, body, CONNECTIONS, count)
    total += result.accepted
    await running.settled(total)
    return { ...result, seconds: (performance.now() - begun) / 1000 }
  }
  try {
    await running.settled(total)
    // The first programs start what stays. Then the warm-up finds out how many fill the time.
    await run(CONNECTIONS)
    let [count, took] = [CONNECTIONS / 2, 0]
    while (took < seconds / 3) {
      count *= 2
      took = (await run(count)).seconds
    }
    const before = treeUsage(running.pids).cpuSeconds
    const result = await run(Math.max(CONNECTIONS, Math.round((count / took) * seconds)))
    const cpuSeconds = treeUsage(running.pids).cpuSeconds - before
    return {
      perSecond: result.accepted / result.seconds,
      answeredMs: median(result.latencies),
      cpuMillis: (cpuSeconds * 1000) / result.accepted,
      failed: result.failed,
    }
  } finally {
    await running.stop()
  }
}

async function load(running: Running, body: string, seconds: number): Promise<LoadRound> {
  const before = treeUsage(running.pids)
  const own = process.cpuUsage()
  const result = await pushes({ url: running.url, body, connections: CONNECTIONS, seconds })
  const { user, system } = process.cpuUsage(own)
  const after = treeUsage(running.pids)
  if (result.accepted === 0) throw new Error(`no push was accepted, ${result.failed} failed`)
  const each = (amount: number) => amount / result.accepted
  return {
    perSecond: result.perSecond,
    p50: result.p50,
    p99: result.p99,
    cpuMicros: each((after.cpuSeconds - before.cpuSeconds) * 1e6),
    writtenKb: each(after.writtenBytes - before.writtenBytes) / KILO,
    senderMicros: each(user + system),
    failed: result.failed,
  }
}

/** Starts a server. It is ready when it accepts a signed push. */
export async function open(
  server: Server,
  folder: string,
  body: string,
): Promise<{ readonly running: Running; readonly readyMs: number }> {
  const [port = 0] = await freePorts(1)
  const begun = performance.now()
  const running = await server.start(port, folder)
  try {
    while (!(await accepts(running.url, body))) {
      running.check()
      if (performance.now() - begun > START_MS) throw new Error('a server does not accept pushes')
      await sleep(READY_POLL_MS)
    }
    const readyMs = performance.now() - begun
    await checkSignature(running.url, body)
    return { running, readyMs }
  } catch (error) {
    await running.stop()
    throw error
  }
}

async function accepts(url: string, body: string): Promise<boolean> {
  try {
    return (await burst(url, body, 1, 1)).accepted === 1
  } catch {
    return false
  }
}

/** A server that did not check signatures would have less to do. */
async function checkSignature(url: string, body: string): Promise<void> {
  const headers = { ...signedHeaders(body), 'x-github-delivery': 'forged' }
  const forged = body.replace('{', '{ ')
  const answer = await fetch(`${url}/api/webhooks/github`, {
    method: 'POST',
    headers,
    body: forged,
  })
  if (answer.ok) throw new Error(`a push with a wrong signature was answered with ${answer.status}`)
}
