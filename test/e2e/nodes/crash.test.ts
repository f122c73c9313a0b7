import { createHmac, randomInt } from 'node:crypto'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { makeFolder, type Service, startService, until } from '../service.ts'

/** HOOKLINE_TEST_KILLS sets more. */
const ROUNDS = Number(process.env['HOOKLINE_TEST_KILLS'] ?? 10)
const SENDERS = 8
const SECRET = 'crash test secret'

// The program leaves a line per run, so that runs can be counted from outside.
const { folder, remove } = makeFolder(`
import { defineConfig } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'
export default defineConfig({
  sources: { custom: custom({ hmac: { secret: ${JSON.stringify(SECRET)}, header: 'x-signature' }, id: { header: 'x-id' } }) },
  programs: {
    note: subprocess({
      command: ['/bin/sh', '-c', 'echo "$1" >> runs.txt', 'note'],
      params: ['number'],
      retry: { attempts: 50, lostAttempts: 50, backoffSeconds: 1 },
    }),
  },
  rules: [{ on: 'custom', run: 'note' }],
  dataDir: './data',
  node: { leaseSeconds: 2, concurrency: 8 },
})`)
appendFileSync(join(folder, 'runs.txt'), '')
afterAll(remove)

const accepted = new Map<string, string>()
let sent = 0

describe('kill -9 under load', { retry: 0 }, () => {
  it(`loses nothing and settles nothing twice in ${ROUNDS} rounds`, {
    timeout: 600_000,
  }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const service = await startService({ folder })
      const load = new AbortController()
      const senders = Array.from({ length: SENDERS }, () => sendUntil(service, load.signal))
      await someLoad(accepted.size + randomInt(0, 30))
      await service.kill()
      load.abort()
      await Promise.all(senders)
    }
    expect(accepted.size).toBeGreaterThan(ROUNDS)
    const service = await startService({ folder })
    await until(
      () => unsettled(service),
      (count) => count === 0,
      240,
    )
    expect(await service.stop()).toBe(0)
    checkDatabase()
    const runs = new Set(readFileSync(join(folder, 'runs.txt'), 'utf8').trim().split('\n'))
    expect([...accepted.keys()].filter((number) => !runs.has(number))).toEqual([])
  })
})

/** Waits until so many are accepted, at most two seconds, and then a moment more, so that kills fall anywhere. */
async function someLoad(count: number): Promise<void> {
  const deadline = Date.now() + 2000
  while (accepted.size < count && Date.now() < deadline) await pause(2)
  await pause(randomInt(0, 40))
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Sends one delivery after another; only what was answered with 202 was promised. */
async function sendUntil(service: Service, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const number = String(++sent)
    const body = JSON.stringify({ number })
    const signature = createHmac('sha256', SECRET).update(body).digest('hex')
    try {
      const answer = await fetch(`${service.url}/api/webhooks/custom`, {
        method: 'POST',
        body,
        signal: stop,
        headers: { 'content-type': 'application/json', 'x-signature': signature, 'x-id': number },
      })
      const { tasks } = (await answer.json()) as { tasks: { id: string }[] }
      if (answer.status === 202) accepted.set(number, tasks[0]?.id ?? '')
    } catch {
      return
    }
  }
}

async function unsettled(service: Service): Promise<number> {
  const pages = await Promise.all(
    ['waiting', 'running'].map((state) =>
      service.get<{ tasks: unknown[] }>(`/api/tasks?state=${state}&limit=200`),
    ),
  )
  return pages.reduce((sum, page) => sum + page.tasks.length, 0)
}

function checkDatabase(): void {
  const database = new DatabaseSync(join(folder, 'data/hookline.db'), { readOnly: true })
  const states = new Map(
    database
      .prepare('SELECT id, state FROM tasks')
      .all()
      .map((row) => [String(row['id']), String(row['state'])]),
  )
  const missing = [...accepted.values()].filter((taskId) => states.get(taskId) !== 'succeeded')
  expect(missing).toEqual([])
  const twice = database
    .prepare(
      "SELECT task_id FROM attempts WHERE status = 'succeeded' GROUP BY task_id HAVING count(*) > 1",
    )
    .all()
  expect(twice).toEqual([])
  database.close()
}
