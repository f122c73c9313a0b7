import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_TOKEN, makeFolder, type Service, startService, until } from '../service.ts'
import { configWith, isAlive, signedHeaders, successesOf } from './receivers-setup.ts'

const NAMES = ['receiver-1', 'receiver-2']
const SENDERS = 6

const { folder, remove } = makeFolder(configWith([]))
let service: Service
beforeAll(async () => {
  service = await startService({ folder })
})
afterAll(async () => {
  await service.stop()
  remove()
})

describe('two receivers', () => {
  it('both take deliveries, and the main process answers for all else', async () => {
    await inParallel(12, () => send('plain', { signed: false }))
    expect(refusingProcesses('plain')).toEqual(NAMES)
    const answers = await inParallel(6, () => call('GET', '/api/deliveries?limit=1'))
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200))
    expect((await call('GET', '/api/deliveries', { token: 'wrong' })).status).toBe(401)
    expect((await call('GET', '/api/webhooks/nowhere')).status).toBe(404)
    expect((await call('GET', '/healthz')).body).toBe('{"status":"ok"}')
  })

  it('keep one rate limit together', async () => {
    const answers = await inParallel(24, () => send('limited'))
    expect(countOf(answers, 202)).toBe(10)
    expect(countOf(answers, 429)).toBe(14)
  })

  it('let a program answer its sender', async () => {
    const answers = await inParallel(4, () => send('asked'))
    expect(answers.map(({ status, body }) => [status, body])).toEqual(
      Array(4).fill([200, 'an answer\n']),
    )
  })

  it('tell the main process who sends, and let nobody else tell it', async () => {
    const headers = { ...signedHeaders('{}', 'forged'), 'hookline-peer': '192.0.2.1' }
    const answered = await answerOf(open('POST', '/api/webhooks/asked', headers).end('{}'))
    expect(answered.status).toBe(200)
    const { body } = await call('GET', '/api/deliveries?source=asked')
    const { deliveries } = JSON.parse(body) as { deliveries: { id: string; client: string }[] }
    expect(deliveries.map(({ client }) => client)).toEqual(Array(5).fill('127.0.0.1'))
    const stored = await call('GET', `/api/deliveries/${deliveries[0]?.id}`)
    expect(stored.body).not.toContain('hookline-peer')
  })

  it('find duplicates of each other', async () => {
    const answers = await inParallel(8, () => send('plain', { id: 'the same' }))
    expect([countOf(answers, 202), countOf(answers, 200)]).toEqual([1, 7])
  })

  it('are counted together', async () => {
    const lines = [
      'hookline_deliveries_total{source="plain",outcome="refused",reason="delivery_refused"} 12',
      'hookline_deliveries_total{source="plain",outcome="accepted",reason=""} 1',
      'hookline_deliveries_total{source="plain",outcome="duplicate",reason=""} 7',
      'hookline_accept_seconds_count{source="plain"} 8',
      ...NAMES.map((name) => `hookline_receiver_up{receiver="${name}"} 1`),
    ]
    await until(
      async () => {
        const metrics = (await call('GET', '/metrics')).body.split('\n')
        return lines.filter((line) => !metrics.includes(line))
      },
      (missing) => missing.length === 0,
    )
  })

  it('both use a changed config', async () => {
    writeConfig(configWith(['later']))
    await until(
      async () => {
        await inParallel(4, () => send('later', { signed: false }))
        return refusingProcesses('later')
      },
      (processes) => processes.length === NAMES.length,
    )
    // One that is changed through the API is in force everywhere before the answer.
    const rule = JSON.stringify({ name: 'managed', on: 'later', run: 'note' })
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' }
    const made = await answerOf(open('POST', '/api/config/rules', headers).end(rule))
    expect(made.status).toBe(201)
    const answers = await inParallel(8, () => send('later'))
    for (const { body } of answers) expect(body).toContain('"rule":"managed"')
  })

  it('lose nothing when each process is killed under load', { timeout: 60_000 }, async () => {
    const load = new AbortController()
    const accepted: string[] = []
    const senders = Array.from({ length: SENDERS }, () => sendUntil(load.signal, accepted))
    const before = NAMES.map((name) => pidsOf(name).length)
    for (const name of NAMES) {
      await more(accepted)
      process.kill(pidsOf(name).at(-1) ?? 0, 'SIGKILL')
    }
    // The main process receives until one of them is back.
    await more(accepted)
    await haveStarted(before)
    await more(accepted)
    const pids = NAMES.map((name) => pidsOf(name).at(-1) ?? 0)
    const { port } = new URL(service.url)
    await service.kill()
    await until(
      async () => pids.filter(isAlive),
      (alive) => alive.length === 0,
    )
    service = await startService({ folder, args: ['--port', port] })
    await more(accepted)
    load.abort()
    await Promise.all(senders)
    await until(unsettled, (count) => count === 0)
    const stored = successesOf(folder)
    expect(accepted.filter((id) => stored.get(id) !== 1)).toEqual([])
    expect(accepted.length).toBeGreaterThan(100)
  })

  it('end without a fault when the main process is killed while it waits for them', async () => {
    const pids = NAMES.map((name) => pidsOf(name).at(-1) ?? 0)
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    // It asks each of them once a second.
    await sleep(2_000)
    const { lines } = service
    const { port } = new URL(service.url)
    await service.kill()
    for (const pid of pids) process.kill(pid, 'SIGCONT')
    await until(
      async () => pids.filter(isAlive),
      (alive) => alive.length === 0,
    )
    expect(lines.filter((line) => line.includes('a fault that nothing caught'))).toEqual([])
    service = await startService({ folder, args: ['--port', port] })
    await haveStarted([0, 0])
  })

  it('leave deliveries to the main process while they cannot load the config', async () => {
    const before = NAMES.map((name) => pidsOf(name).length)
    writeConfig(`if (process.send) throw new Error('not here')\n${configWith(['later', 'broken'])}`)
    await until(
      async () => {
        // A connection is lost if the last receiver ends before it was accepted.
        await send('broken', { signed: false }).catch(() => null)
        return refusingProcesses('broken')
      },
      (processes) => processes.includes('main'),
    )
    expect(refusingProcesses('broken')).toEqual(['main'])
    await until(
      async () => service.lines.join('\n'),
      (lines) => /config_unreadable.*a receiver has ended/.test(lines),
    )
    writeConfig(configWith(['later']))
    await haveStarted(before)
  })

  it('answer what is under way when the service stops', async () => {
    const slow = open(
      'POST',
      '/api/webhooks/plain',
      signedHeaders(JSON.stringify({ slow: 1 }), 'slow'),
    )
    slow.write('{"slow"')
    const response = once(slow, 'response') as Promise<[IncomingMessage]>
    await until(
      async () => (await send('plain')).status,
      (status) => status === 202,
    )
    const stopped = service.stop()
    await until(
      async () =>
        call('GET', '/readyz').then(
          ({ status }) => status,
          () => 0,
        ),
      (status) => status !== 200,
    )
    slow.end(':1}')
    const [{ statusCode }] = await response
    expect(statusCode).toBe(202)
    expect(await stopped).toBe(0)
    expect(NAMES.flatMap(pidsOf).filter(isAlive)).toEqual([])
  })
})

function writeConfig(text: string): void {
  writeFileSync(join(folder, 'webhook.config.ts'), text)
}

interface Answered {
  readonly status: number
  readonly body: string
}

/** Sends a request over a connection of its own. */
async function call(
  method: string,
  path: string,
  { token = ADMIN_TOKEN }: { token?: string } = {},
): Promise<Answered> {
  return answerOf(open(method, path, { authorization: `Bearer ${token}` }).end())
}

let ids = 0

async function send(
  source: string,
  { id = `id ${++ids}`, signed = true }: { id?: string; signed?: boolean } = {},
): Promise<Answered> {
  const body = JSON.stringify({ id })
  const headers = signed ? signedHeaders(body, id) : {}
  return answerOf(open('POST', `/api/webhooks/${source}`, headers).end(body))
}

function open(method: string, path: string, headers: Record<string, string>): ClientRequest {
  return request(`${service.url}${path}`, { method, headers, agent: false, timeout: 20_000 })
}

async function answerOf(sent: ClientRequest): Promise<Answered> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, body: await text(response) }
}

function inParallel<Value>(count: number, act: () => Promise<Value>): Promise<Value[]> {
  return Promise.all(Array.from({ length: count }, act))
}

function countOf(answers: readonly Answered[], status: number): number {
  return answers.filter((answer) => answer.status === status).length
}

/** Names of the processes that have refused a delivery of a source. */
function refusingProcesses(source: string): readonly string[] {
  const lines = service.lines.filter((line) => line.includes('"delivery refused"'))
  const found = lines
    .map((line) => JSON.parse(line) as { process?: string; source: string })
    .filter((line) => line.source === source)
  return [...new Set(found.map((line) => line.process ?? 'main'))].toSorted()
}

/** The processes that a receiver has been, oldest first. */
function pidsOf(name: string): readonly number[] {
  return service.lines
    .filter((line) => line.includes('"a receiver takes connections"'))
    .map((line) => JSON.parse(line) as { receiver: string; pid: number })
    .filter(({ receiver }) => receiver === name)
    .map(({ pid }) => pid)
}

/** Waits until each receiver has been more processes than before. */
async function haveStarted(before: readonly number[]): Promise<void> {
  await until(
    async () => NAMES.map((name) => pidsOf(name).length),
    (counts) => counts.every((count, index) => count > (before[index] ?? 0)),
  )
}

/** Sends one delivery after another, each until it has an answer with 2xx. */
async function sendUntil(stop: AbortSignal, accepted: string[]): Promise<void> {
  while (!stop.aborted) {
    const id = `load ${++ids}`
    for (let status = 0; status < 200 || status > 299; ) {
      const answer = await send('plain', { id }).catch(() => null)
      status = answer?.status ?? 0
      // Nobody listens while the service starts again, and what is accepted has to run within the test.
      await sleep(50)
    }
    accepted.push(id)
  }
}

async function more(accepted: readonly string[]): Promise<void> {
  const enough = accepted.length + 30
  await until(
    async () => accepted.length,
    (count) => count >= enough,
  )
}

async function unsettled(): Promise<number> {
  const states = ['waiting', 'running']
  const pages = await Promise.all(
    states.map((state) => service.get<{ tasks: unknown[] }>(`/api/tasks?state=${state}&limit=200`)),
  )
  return pages.reduce((sum, { tasks }) => sum + tasks.length, 0)
}
