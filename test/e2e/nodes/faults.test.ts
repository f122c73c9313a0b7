import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TaskView } from '../../../core/api/tasks/views.ts'
import { twice } from '../../plugins/stores/postgres/node-process.ts'
import {
  type PostgresServer,
  query,
  startOwnPostgres,
} from '../../plugins/stores/postgres/server.ts'
import { startProxy } from '../../plugins/stores/postgres/tcp-proxy.ts'
import { makeFolder, type Service, startService, until } from '../service.ts'

const TOKEN = 'token-of-this-test'
const HOOKLINE_KEY = randomBytes(32).toString('base64')
const OUTAGES = 2
const SENDERS = 6
/** A refusal comes within two seconds; the rest is for a machine that runs all tests at once. */
const REFUSAL_MS = 3_000
const { folder, remove } = makeFolder(`
import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'
import { postgres } from 'hookline/stores'
const again = { attempts: 50, lostAttempts: 50, backoffSeconds: 1 }
export default defineConfig({
  node: { name: env('NODE_NAME'), leaseSeconds: 2, concurrency: 4 },
  sources: { hook: custom({ token: env('TOKEN') }) },
  programs: {
    note: subprocess({ command: ['/bin/sh', '-c', 'echo "$1" >> runs.txt', 'note'], params: ['number'], cwd: '.', retry: again }),
    hold: subprocess({ command: ['/bin/sh', '-c', 'echo "$1" >> held.txt; until [ -e go ]; do sleep 0.02; done', 'hold'], params: ['number'], cwd: '.', retry: again }),
  },
  rules: [{ on: 'hook.note', run: 'note' }, { on: 'hook.hold', run: 'hold' }],
  store: postgres(env('TEST_URL')),
})`)
const running: Service[] = []
let postgres: PostgresServer

beforeAll(async () => {
  for (const file of ['runs.txt', 'held.txt']) writeFileSync(join(folder, file), '')
  postgres = await startOwnPostgres()
}, 60_000)

afterAll(async () => {
  await Promise.all(running.map((node) => node.stop()))
  await postgres.dispose()
  remove()
})

async function start(name: string, role: string, url = postgres.url): Promise<Service> {
  const env = { NODE_NAME: name, TOKEN, TEST_URL: url, HOOKLINE_KEY }
  const args = ['--role', role, '--data', `data-${name}`]
  const node = await startService({ folder, env, args })
  running.push(node)
  return node
}

function post(node: Service, type: string, number: number): Promise<Response> {
  return fetch(`${node.url}/api/webhooks/hook`, {
    method: 'POST',
    headers: { 'X-Webhook-Token': TOKEN, 'content-type': 'application/json' },
    body: JSON.stringify({ type, number: `${number}` }),
  })
}

function linesOf(file: string): readonly string[] {
  return readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1)
}

/** What senders were answered. */
interface Answers {
  readonly accepted: Map<number, string>
  refused: number
  slowestRefusalMs: number
  readonly others: number[]
}

async function sendUntil(nodes: readonly Service[], answers: Answers, stop: AbortSignal) {
  for (let turn = 0; !stop.aborted; turn++) {
    const number = ++sent
    const asked = performance.now()
    const answer = await post(nodes[turn % nodes.length] as Service, 'note', number)
    const { tasks } = (await answer.json()) as { tasks?: { id: string }[] }
    if (answer.status === 202) answers.accepted.set(number, tasks?.[0]?.id ?? '')
    else if (answer.status === 503) {
      answers.refused++
      answers.slowestRefusalMs = Math.max(answers.slowestRefusalMs, performance.now() - asked)
      await sleep(20)
    } else answers.others.push(answer.status)
  }
}
let sent = 0

describe('nodes, as processes of their own', { timeout: 120_000 }, () => {
  it('lose nothing that was answered where Postgres is stopped and started under load', async () => {
    const receivers = [await start('front-1', 'receive'), await start('front-2', 'receive')]
    await Promise.all([start('work-1', 'work'), start('work-2', 'work')])
    const answers: Answers = { accepted: new Map(), refused: 0, slowestRefusalMs: 0, others: [] }
    const load = new AbortController()
    const senders = Array.from({ length: SENDERS }, () =>
      sendUntil(receivers, answers, load.signal),
    )
    for (let outage = 0; outage < OUTAGES; outage++) {
      const [soFar, refusedSoFar] = [answers.accepted.size, answers.refused]
      await until(
        async () => answers.accepted.size,
        (count) => count > soFar + 50,
      )
      await postgres.stop()
      await until(
        async () => answers.refused,
        (count) => count > refusedSoFar + 20,
      )
      await postgres.start()
    }
    const soFar = answers.accepted.size
    await until(
      async () => answers.accepted.size,
      (count) => count > soFar + 50,
    )
    load.abort()
    await Promise.all(senders)
    expect(answers.others).toEqual([])
    expect(answers.slowestRefusalMs).toBeLessThan(REFUSAL_MS)

    const open = "SELECT id, state, reason FROM hookline.tasks WHERE state <> 'succeeded'"
    await until(
      () => query(postgres.url, open),
      (rows) => rows.length === 0,
      60,
    )
    const rows = await query(postgres.url, 'SELECT id FROM hookline.tasks')
    const kept = new Set(rows.map(({ id }) => id))
    expect([...answers.accepted.values()].filter((id) => !kept.has(id))).toEqual([])
    const runs = new Set(linesOf('runs.txt'))
    expect([...answers.accepted.keys()].filter((number) => !runs.has(`${number}`))).toEqual([])
    expect(await query(postgres.url, twice('hookline'))).toEqual([])
    expect(running.map(({ child }) => child.exitCode)).toEqual([null, null, null, null])
  })

  it('do not take the end of a run from one that was cut off for longer than its lease', async () => {
    for (const node of running.splice(2)) await node.stop()
    const proxy = await startProxy(Number(new URL(postgres.url).port))
    const far = await start('far', 'work', postgres.url.replace(/:\d+\//, `:${proxy.port}/`))
    const receiver = running[0] as Service
    const answer = await post(receiver, 'hold', 7)
    const id = ((await answer.json()) as { tasks: { id: string }[] }).tasks[0]?.id ?? ''
    const task = () =>
      receiver.get<TaskView & { history: { node: string; status: string }[] }>(`/api/tasks/${id}`)
    await until(task, ({ state }) => state === 'running')
    await until(
      async () => linesOf('held.txt'),
      (lines) => lines.length === 1,
    )
    proxy.cut()
    // Its program ends while nobody can be told.
    writeFileSync(join(folder, 'go'), '')
    const near = await start('near', 'work')
    const ended = await until(task, ({ state }) => state === 'succeeded')
    proxy.mend()
    // It is back once it takes work again.
    await near.stop()
    const next = await post(receiver, 'note', 8)
    expect(next.status).toBe(202)
    await until(
      async () => linesOf('runs.txt'),
      (lines) => lines.includes('8'),
      60,
    )
    expect(ended.history).toMatchObject([{ node: 'far' }, { node: 'near', status: 'succeeded' }])
    expect(ended.history[0]?.status).not.toBe('succeeded')
    expect((await task()).history).toEqual(ended.history)
    expect(linesOf('held.txt')).toHaveLength(2)
    await far.stop()
    await proxy.close()
  })
})
