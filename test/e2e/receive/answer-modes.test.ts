import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder, PYTHON, type Service, startService, until } from '../service.ts'

const SECRET = 'secret-of-the-program'
const python = (code: string) => JSON.stringify([PYTHON, '-u', '-c', code])

const CONFIG = `
import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'

const retry = { attempts: 3, backoffSeconds: 0.05, maxBackoffSeconds: 0.1 }
export default defineConfig({
  sources: { hook: custom({ bearer: env('TOKEN'), type: { path: 'kind' }, id: { path: 'id' } }) },
  programs: {
    good: subprocess({ command: ${python("import sys; print('fine, ✓'); print('aside', file=sys.stderr)")} }),
    bad: subprocess({ command: ${python("print('no'); raise SystemExit(3)")}, retry: { attempts: 1 } }),
    second: subprocess({
      command: ${python("import os, sys; n = os.environ['WEBHOOK_ATTEMPT']; print('try', n); sys.exit(n != '2')")},
      retry,
    }),
    slow: subprocess({ command: ${python("import time; print('begun'); time.sleep(600)")} }),
    nap: subprocess({ command: ${python("import time; print('begun'); time.sleep(2); print('done')")} }),
    leak: subprocess({ command: ${python(`print('the key is ${SECRET.slice(0, 10)}' + '${SECRET.slice(10)}')`)} }),
    flood: subprocess({ command: ${python("print('é' * 1000000)")}, outputLimitBytes: 4000000 }),
  },
  rules: [
    { on: 'hook.usual', run: 'good' },
    { on: 'hook.good', run: 'good', answer: { wait: 60 } },
    { on: 'hook.bad', run: 'bad', answer: { wait: 60 } },
    { on: 'hook.second', run: 'second', answer: { wait: 60 } },
    { on: 'hook.slow', run: 'slow', answer: { wait: 1 } },
    { on: 'hook.nap', run: 'nap', answer: { wait: 60 } },
    { on: 'hook.flood', run: 'flood', answer: { wait: 60 } },
    { on: 'hook.stream', run: ['bad', 'good'], answer: 'stream' },
    { on: 'hook.stream', run: 'good', answer: { wait: 60 } },
    { on: 'hook.leak', run: 'leak', answer: 'stream' },
    { on: 'hook.second-stream', run: 'second', answer: 'stream' },
    { on: 'hook.held', run: 'slow', answer: { wait: 300 } },
    { on: 'hook.held-stream', run: 'slow', answer: 'stream' },
  ],
})
`

let service: Service
let remove: () => void

beforeAll(async () => {
  const made = makeFolder(CONFIG)
  remove = made.remove
  service = await startService({ folder: made.folder, env: { TOKEN: SECRET } })
}, 40_000)
afterAll(async () => {
  await service.kill()
  remove()
})

function deliver(kind: string, more: { id?: string; accept?: string; signal?: AbortSignal } = {}) {
  const { id = `${kind}-${Math.random()}`, accept = '*/*', signal } = more
  return fetch(`${service.url}/api/webhooks/hook`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json', accept },
    body: JSON.stringify({ kind, id }),
    ...(signal === undefined ? {} : { signal }),
  })
}

const taskOf = (answer: Response) => answer.headers.get('x-hookline-task') ?? ''
const stateOf = async (id: string) => {
  const { state } = await service.get<{ state: string }>(`/api/tasks/${id}`)
  return state
}

describe('a rule that waits for its program', { timeout: 60_000 }, () => {
  it('answers with its output, and the same for a duplicate', async () => {
    for (let index = 0; index < 2; index++) {
      const answer = await deliver('good', { id: 'once' })
      expect(answer.status).toBe(200)
      expect(await answer.text()).toBe('fine, ✓\n')
      expect(answer.headers.get('content-type')).toBe('text/plain; charset=UTF-8')
      expect(answer.headers.get('x-hookline-state')).toBe('succeeded')
      expect(answer.headers.get('x-hookline-exit-code')).toBe('0')
      expect(await stateOf(taskOf(answer))).toBe('succeeded')
    }
  })

  it('answers 500 where the program failed for good', async () => {
    const answer = await deliver('bad')
    expect([answer.status, await answer.text()]).toEqual([500, 'no\n'])
    expect(answer.headers.get('x-hookline-state')).toBe('dead')
    expect(answer.headers.get('x-hookline-exit-code')).toBe('3')
  })

  it('waits for later attempts, and gives the output of the last', async () => {
    const answer = await deliver('second')
    expect([answer.status, await answer.text()]).toEqual([200, 'try 2\n'])
  })

  it('answers as usual where the time is over, and the task goes on', async () => {
    const answer = await deliver('slow')
    expect(answer.status).toBe(202)
    const { tasks } = (await answer.json()) as { tasks: { id: string }[] }
    expect(tasks).toHaveLength(1)
    expect(await stateOf(tasks[0]?.id ?? '')).toBe('running')
  })

  it('loses nothing where the sender goes away', async () => {
    const signal = AbortSignal.timeout(1000)
    const before = await service.get<{ tasks: unknown[] }>('/api/tasks?program=nap')
    await expect(deliver('nap', { signal })).rejects.toThrow()
    expect(before.tasks).toEqual([])
    await until(
      () => service.get<{ tasks: { state: string }[] }>('/api/tasks?program=nap'),
      ({ tasks }) => tasks.length === 1 && tasks[0]?.state === 'succeeded',
    )
  })

  it('cuts a large output between characters', async () => {
    const answer = await deliver('flood')
    expect(answer.headers.get('x-hookline-truncated')).toBe('true')
    expect(await answer.text()).toBe('é'.repeat(512 * 1024))
  })

  it('leaves other rules as they are', async () => {
    const answer = await deliver('usual')
    expect(answer.status).toBe(202)
    expect(taskOf(answer)).toBe('')
  })
})

describe('a rule that streams its program', { timeout: 60_000 }, () => {
  it('comes as text, and the first rule that asks decides', async () => {
    const answer = await deliver('stream')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toContain('text/plain')
    expect(await answer.text()).toBe(`no\n[hookline] task ${taskOf(answer)}: dead, exit code 3\n`)
  })

  it('comes as server-sent events to who accepts them', async () => {
    const answer = await deliver('second-stream', { accept: 'text/event-stream' })
    expect(answer.headers.get('content-type')).toContain('text/event-stream')
    const text = await answer.text()
    const events: Record<string, unknown>[] = [...text.matchAll(/^event: (.*)\ndata: (.*)$/gm)].map(
      ([, event, data]) => {
        return { ...JSON.parse(data ?? ''), event }
      },
    )
    const output = events.filter(({ event }) => event === 'log').map((log) => log['text'])
    expect(output).toEqual(['try 1\n', 'try 2\n'])
    expect(events.at(-1)).toEqual({ event: 'end', state: 'succeeded', exitCode: 0 })
  })

  it('holds back secrets', async () => {
    const text = await (await deliver('leak')).text()
    expect(text).toContain('the key is [redacted]')
    expect(text).not.toContain(SECRET)
  })
})

describe('a node that stops', { timeout: 60_000 }, () => {
  it('ends the answers that it holds', async () => {
    const waiting = deliver('held')
    const streamed = await deliver('held-stream')
    const decoder = new TextDecoder()
    let text = ''
    const body = streamed.body ?? new ReadableStream<Uint8Array>()
    const reader = body.getReader()
    // The output is there while the program runs.
    while (text !== 'begun\n') text += decoder.decode((await reader.read()).value)
    await until(
      () => service.get<{ tasks: { rule: string }[] }>('/api/tasks?program=slow&state=running'),
      ({ tasks }) => tasks.some(({ rule }) => rule === 'slow on hook.held'),
    )
    service.child.kill('SIGTERM')
    const answer = await waiting
    expect([answer.status, taskOf(answer) !== '']).toEqual([202, true])
    for (const held of [answer, streamed]) {
      expect(held.headers.get('x-content-type-options')).toBe('nosniff')
    }
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      text += decoder.decode(next.value)
    }
    expect(text).toBe(`begun\n[hookline] task ${taskOf(streamed)}: not ended yet\n`)
  })
})
