import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_TOKEN, makeFolder, type Service, startService, until } from '../service.ts'

const SECRET = 'the secret of the api tests'
const { folder, remove } = makeFolder(`
import { defineConfig } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom, github, gitlab } from 'hookline/sources'
const sh = (script, more) => subprocess({ command: ['/bin/sh', '-c', script], ...more })
export default defineConfig({
  sources: {
    github: github({ secret: ${JSON.stringify(SECRET)} }),
    gitlab: gitlab({ token: ${JSON.stringify(SECRET)} }),
    custom: custom({ token: ${JSON.stringify(SECRET)} }),
  },
  programs: {
    say: sh('echo out; echo err >&2; echo ${SECRET}'),
    fail: sh('exit 3', { retry: { attempts: 1 } }),
    sleep: sh('echo begun; sleep 30'),
    slow: sh('for n in 1 2 3; do echo $n; sleep 0.2; done'),
  },
  rules: [
    { name: 'main', on: 'github.push', when: "branch == 'main'", run: 'say' },
    { name: 'broken', on: 'github.push', when: "payload.nothing.here == 1", run: 'say' },
    { on: 'custom.fail', run: 'fail' },
    { on: 'custom.sleep', run: 'sleep' },
    { on: 'custom.slow', run: 'slow' },
    { on: 'gitlab', run: 'say' },
  ],
})`)
let service: Service

beforeAll(async () => {
  service = await startService({ folder })
})
afterAll(async () => {
  await service.stop()
  remove()
})

interface Task {
  readonly id: string
  readonly state: string
  readonly attempts: number
  readonly exitCode: number | null
  readonly history: readonly { readonly status: string; readonly exitCode: number | null }[]
  readonly log: readonly { readonly stream: string; readonly text: string }[]
}

describe('a delivery and its tasks', () => {
  it('can be looked up afterwards, without secrets', async () => {
    const accepted = await push({ ref: 'refs/heads/main' })
    const task = await settled(accepted.tasks[0]?.id)
    expect(task).toMatchObject({ state: 'succeeded', exitCode: 0, attempts: 1 })
    expect(task.history).toMatchObject([{ status: 'succeeded', exitCode: 0 }])
    const text = (stream: string) =>
      task.log
        .filter((chunk) => chunk.stream === stream)
        .map((chunk) => chunk.text)
        .join('')
    expect(text('stdout')).toBe('out\n[redacted]\n')
    expect(text('stderr')).toBe('err\n')
    const delivery = await service.get<{ events: object[] }>(`/api/deliveries/${accepted.delivery}`)
    expect(delivery).toMatchObject({ outcome: 'accepted', source: 'github', method: 'POST' })
    expect(delivery.events).toMatchObject([
      {
        type: 'push',
        facts: { branch: 'main' },
        decisions: [
          { rule: 'main', matched: true, taskId: task.id },
          { rule: 'broken', matched: false, because: 'condition_error' },
        ],
        tasks: [{ id: task.id, state: 'succeeded' }],
      },
    ])
  })

  it('that no rule matches is still accepted', async () => {
    expect(await push({ ref: 'refs/heads/other' })).toMatchObject({ duplicate: false, tasks: [] })
  })

  it('can be replayed under the current rules', async () => {
    const first = await push({ ref: 'refs/heads/main' })
    await settled(first.tasks[0]?.id)
    const again = await service.post<Accepted>(`/api/deliveries/${first.delivery}/replay`)
    expect(again.delivery).not.toBe(first.delivery)
    expect(await settled(again.tasks[0]?.id)).toMatchObject({ state: 'succeeded' })
    const replayed = await service.get(`/api/deliveries/${again.delivery}`)
    expect(replayed).toMatchObject({ originalId: first.delivery, outcome: 'accepted' })
  })

  it('refused is recorded with its reason and a masked token', async () => {
    const answer = await fetch(`${service.url}/api/webhooks/gitlab`, {
      method: 'POST',
      body: '{}',
      headers: {
        'content-type': 'application/json',
        'x-gitlab-event': 'Push Hook',
        'x-gitlab-token': 'a guess',
      },
    })
    expect(answer.status).toBe(401)
    const page = await service.get<{ deliveries: { id: string; reason: string }[] }>(
      '/api/deliveries?outcome=refused&source=gitlab',
    )
    const refused = await service.get(`/api/deliveries/${page.deliveries[0]?.id}`)
    expect(refused).toMatchObject({
      outcome: 'refused',
      headers: { 'x-gitlab-token': '[redacted]' },
      events: [],
    })
    expect(page.deliveries[0]?.reason).toContain('X-Gitlab-Token')
    expect(JSON.stringify(refused)).not.toContain('a guess')
    expect(await service.post(`/api/deliveries/${page.deliveries[0]?.id}/replay`)).toMatchObject({
      code: 'delivery_not_replayable',
    })
  })

  it('lists page by page, newest first', async () => {
    const seen: string[] = []
    let next: string | null = ''
    while (next !== null) {
      const page: { tasks: { id: string }[]; next: string | null } = await service.get(
        `/api/tasks?limit=2${next === '' ? '' : `&after=${next}`}`,
      )
      seen.push(...page.tasks.map((task) => task.id))
      next = page.next
    }
    expect(seen.length).toBeGreaterThan(2)
    expect(seen).toEqual(seen.toSorted().reverse())
    expect(new Set(seen).size).toBe(seen.length)
  })
})

describe('a task', () => {
  it('can only be retried when it is settled', async () => {
    const { tasks } = await deliver('fail')
    const id = tasks[0]?.id ?? ''
    expect(await settled(id)).toMatchObject({ state: 'dead', exitCode: 3, attempts: 1 })
    expect(await service.post(`/api/tasks/${id}/cancel`)).toMatchObject({
      code: 'task_already_settled',
    })
    expect(await service.post(`/api/tasks/${id}/retry`)).toMatchObject({
      id,
      state: 'waiting',
      attempts: 0,
    })
    expect((await settled(id)).history.map((attempt) => attempt.status)).toEqual([
      'failed',
      'failed',
    ])
  })

  it('can be cancelled while it runs', async () => {
    const { tasks } = await deliver('sleep')
    const id = tasks[0]?.id ?? ''
    await until(
      () => service.get<Task>(`/api/tasks/${id}`),
      ({ log }) => log.length > 0,
    )
    expect(await service.post(`/api/tasks/${id}/retry`)).toMatchObject({ code: 'task_not_settled' })
    await service.post(`/api/tasks/${id}/cancel`)
    expect(await settled(id)).toMatchObject({ state: 'cancelled' })
  })

  it('can be followed live', async () => {
    const { tasks } = await deliver('slow')
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, accept: 'text/event-stream' }
    const answer = await fetch(`${service.url}/api/tasks/${tasks[0]?.id}/log`, { headers })
    expect(answer.headers.get('content-type')).toContain('text/event-stream')
    const events = (await answer.text())
      .split('\n\n')
      .filter((event) => event.startsWith('event: '))
    const output = events
      .filter((event) => event.startsWith('event: log'))
      .map((event) => JSON.parse(/data: (.*)/.exec(event)?.[1] ?? '').text)
    expect(output.join('')).toBe('1\n2\n3\n')
    expect(output.length).toBeGreaterThan(1)
    expect(events.at(-1)).toBe('event: end\ndata: {"state":"succeeded","exitCode":0}')
  })
})

interface Accepted {
  readonly delivery: string
  readonly tasks: readonly { readonly id: string }[]
}

async function push(body: object): Promise<Accepted> {
  const text = JSON.stringify(body)
  const answer = await fetch(`${service.url}/api/webhooks/github`, {
    method: 'POST',
    body: text,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': crypto.randomUUID(),
      'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(text).digest('hex')}`,
    },
  })
  expect(answer.status).toBe(202)
  return (await answer.json()) as Accepted
}

async function deliver(type: string): Promise<Accepted> {
  const headers = {
    'x-webhook-token': SECRET,
    'x-webhook-event': type,
    'content-type': 'application/json',
  }
  const answer = await fetch(`${service.url}/api/webhooks/custom`, {
    method: 'POST',
    body: '{}',
    headers,
  })
  return (await answer.json()) as Accepted
}

function settled(id: string | undefined): Promise<Task> {
  return until(
    () => service.get<Task>(`/api/tasks/${id}`),
    ({ state }) => state !== 'waiting' && state !== 'running',
  )
}
