import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HaProxy, startHaProxy } from '../../plugins/stores/postgres/haproxy.ts'
import { twice } from '../../plugins/stores/postgres/node-process.ts'
import { type PostgresPair, startPair } from '../../plugins/stores/postgres/pair.ts'
import { query } from '../../plugins/stores/postgres/server.ts'
import { missingTool } from '../../requirements.ts'
import { makeFolder, type Service, startService, until } from '../service.ts'

const SECRET = 'secret-of-this-test'
const HOOKLINE_KEY = randomBytes(32).toString('base64')
const SENDERS = 6
const BEFORE = 300
const AFTER = 200
/** About two seconds on a machine that has time. */
const BACK_MS = 10_000
/** A refusal comes within two seconds; the rest is for a machine that runs all tests at once. */
const REFUSAL_MS = 3_000
const { folder, remove } = makeFolder(`
import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { github } from 'hookline/sources'
import { postgres } from 'hookline/stores'
export default defineConfig({
  node: { name: env('NODE_NAME'), leaseSeconds: 3 },
  sources: { github: github({ secret: env('SECRET') }) },
  programs: {
    note: subprocess({ command: ['/bin/sh', '-c', 'echo $WEBHOOK_TASK_ID >> runs.txt'], cwd: '.', retry: { attempts: 50, lostAttempts: 50, backoffSeconds: 1 } }),
  },
  rules: [{ on: 'github.push', run: 'note' }],
  store: postgres(env('TEST_URL')),
})`)

const TASKS = `
  SELECT sender_id, tasks.id FROM hookline.events JOIN hookline.tasks ON tasks.event_id = events.id`

const missing = missingTool('haproxy')

/** What senders were answered. */
interface Answers {
  /** By 2xx. */
  readonly accepted: { readonly id: string; readonly at: number }[]
  readonly refused: { readonly status: number; readonly retryAfter: number; readonly ms: number }[]
}

afterAll(remove)

describe.skipIf(missing !== null)('nodes over two servers', { timeout: 180_000 }, () => {
  const running: Service[] = []
  let pair: PostgresPair
  let proxy: HaProxy

  beforeAll(async () => {
    writeFileSync(join(folder, 'runs.txt'), '')
    pair = await startPair()
    proxy = await startHaProxy([pair.primary.port, pair.standby.port])
    await proxyShows('UP,DOWN')
    await start('front', 'receive')
    await start('work', 'work')
  }, 90_000)
  afterAll(async () => {
    await Promise.all(running.map((node) => node.stop()))
    await proxy?.dispose()
    await pair?.dispose()
  })

  async function start(name: string, role: string): Promise<void> {
    const url = pair.primary.url.replace(/:\d+\//, `:${proxy.port}/`)
    const env = { NODE_NAME: name, SECRET, TEST_URL: url, HOOKLINE_KEY }
    const args = ['--role', role, '--data', `data-${name}`]
    running.push(await startService({ folder, env, args }))
  }

  const proxyShows = (wanted: string) =>
    until(
      () => proxy.states().catch(() => []),
      (states) => states.join() === wanted,
    )

  /** A delivery as GitHub signs it. */
  function send(id: string): Promise<Response> {
    const body = JSON.stringify({ ref: 'refs/heads/main', repository: { full_name: 'acme/site' } })
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': id,
      'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
    }
    return fetch(`${running[0]?.url}/api/webhooks/github`, { method: 'POST', headers, body })
  }

  /** Sends it again until it is taken. */
  async function deliver(answers: Answers): Promise<void> {
    const id = randomUUID()
    for (;;) {
      const asked = performance.now()
      const answer = await send(id)
      await answer.arrayBuffer()
      if (answer.ok) {
        answers.accepted.push({ id, at: performance.now() })
        return
      }
      const retryAfter = Number(answer.headers.get('retry-after'))
      answers.refused.push({ status: answer.status, retryAfter, ms: performance.now() - asked })
      await sleep(20)
    }
  }

  /** Ids of what each sender's delivery has become, all of which has to succeed. */
  async function tasksBySender(url: string): Promise<ReadonlyMap<unknown, unknown>> {
    await until(
      () => query(url, "SELECT id, state FROM hookline.tasks WHERE state <> 'succeeded'"),
      (rows) => rows.length === 0,
      60,
    )
    const rows = await query(url, TASKS)
    const tasks = new Map(rows.map((row) => [row['sender_id'], row['id']]))
    expect(tasks.size).toBe(rows.length)
    return tasks
  }

  it('lose nothing that was answered when the primary is killed under load, and go on by themselves', async () => {
    const answers: Answers = { accepted: [], refused: [] }
    const { accepted, refused } = answers
    const accepts = (count: number) => until(async () => accepted.length >= count, Boolean, 60)
    const load = new AbortController()
    const senders = Array.from({ length: SENDERS }, async () => {
      while (!load.signal.aborted) await deliver(answers)
    })
    await accepts(BEFORE)
    const killedAt = performance.now()
    await pair.primary.kill()
    await until(async () => refused.length, Boolean)
    const soFar = accepted.length
    await pair.promote()
    await accepts(soFar + AFTER)
    load.abort()
    await Promise.all(senders)
    const backMs = (accepted[soFar]?.at ?? Infinity) - killedAt

    const tasks = await tasksBySender(pair.standby.url)
    expect(accepted.filter(({ id }) => !tasks.has(id))).toEqual([])
    expect(tasks.size).toBe(accepted.length)
    const runs = new Set(readFileSync(join(folder, 'runs.txt'), 'utf8').split('\n'))
    expect([...tasks.values()].filter((id) => !runs.has(String(id)))).toEqual([])
    expect(await query(pair.standby.url, twice('hookline'))).toEqual([])
    expect(refused.filter(({ status, retryAfter }) => status !== 503 || retryAfter < 1)).toEqual([])
    expect(Math.max(...refused.map(({ ms }) => ms))).toBeLessThan(REFUSAL_MS)
    expect(backMs).toBeLessThan(BACK_MS)
    expect(running.map(({ child }) => child.exitCode)).toEqual([null, null])
  })

  it('take nothing on the old primary, even if it is started as one and the new one hangs', async () => {
    const answers: Answers = { accepted: [], refused: [] }
    await pair.primary.start()
    await proxyShows('UP,UP')
    await Promise.all(Array.from({ length: 20 }, () => deliver(answers)))
    pair.standby.signal('SIGSTOP')
    await proxyShows('UP,DOWN')
    const statuses: number[] = []
    for (let count = 0; count < 3; count++) statuses.push((await send(randomUUID())).status)
    expect(statuses).toEqual([503, 503, 503])

    pair.standby.signal('SIGCONT')
    await pair.primary.kill()
    await proxyShows('DOWN,UP')
    await deliver(answers)
    const tasks = await tasksBySender(pair.standby.url)
    expect(answers.accepted.filter(({ id }) => !tasks.has(id))).toEqual([])
    expect(await query(pair.standby.url, twice('hookline'))).toEqual([])
    expect(running.map(({ child }) => child.exitCode)).toEqual([null, null])
  })
})
