import { describe, expect, it } from 'vitest'
import { makeEntry } from '../../../../core/testing/store-cases/make-entry.ts'
import { call, makeToken } from '../access/calls.ts'
import { ADMIN_TOKEN, openApp } from '../app.ts'

const CONFIG = {
  sources: { hook: { use: 'github', options: { secret: 'a secret of these tests' } } },
  programs: {
    deploy: {
      use: 'subprocess',
      options: {
        command: ['/bin/echo'],
        params: ['branch', { name: 'target', default: 'staging' }, 'commit_count'],
        policy: { key: "branch + '/' + event.source", debounceSeconds: 5, priority: 7 },
      },
    },
    plain: { use: 'subprocess', options: { command: ['/bin/echo'] } },
  },
  rules: [{ on: 'hook.push', when: "branch == 'main'", run: 'deploy' }],
}
const GIVEN = { branch: 'main', commit_count: 2 }

async function open() {
  const opened = await openApp(CONFIG)
  const ask = async (route: string, json?: unknown, token = ADMIN_TOKEN) => {
    const answer = await call(opened, route, json === undefined ? { token } : { token, json })
    return { status: answer.status, body: (await answer.json()) as Answer }
  }
  const run = (json: object, program = 'deploy') => ask(`POST /api/programs/${program}/run`, json)
  return { ...opened, ask, run }
}

// biome-ignore lint/suspicious/noExplicitAny: answers of many routes
type Answer = any

describe('GET /api/programs', () => {
  it('shows what is in force, with the params that a form needs', async () => {
    const { ask } = await open()
    const { body } = await ask('GET /api/programs')
    expect(body.programs.map(({ name }: Answer) => name)).toEqual(['deploy', 'plain'])
    const { body: deploy } = await ask('GET /api/programs/deploy')
    expect(deploy).toEqual(body.programs[0])
    expect(deploy).toMatchObject({
      executor: 'subprocess',
      origin: { layer: 'config', file: 'webhook.config.json' },
      rules: ['deploy on hook.push'],
      params: [
        { name: 'branch', default: null, type: 'string' },
        { name: 'target', default: 'staging', type: null, description: null },
        { name: 'commit_count', default: null },
      ],
      policy: { key: "branch + '/' + event.source", debounceSeconds: 5, priority: 7 },
      schema: {
        type: 'object',
        properties: { branch: { type: 'string' }, target: { default: 'staging' } },
        required: ['branch', 'commit_count'],
        additionalProperties: false,
      },
    })
    expect(JSON.stringify(deploy)).not.toContain('/bin/echo')
  })

  it('names the nearest program where there is none of the name', async () => {
    const { ask, run } = await open()
    const missing = await ask('GET /api/programs/deplyo')
    expect(missing).toMatchObject({ status: 404, body: { code: 'program_unknown' } })
    expect(missing.body.detail).toBe("There is no program 'deplyo'. Did you mean `deploy`?")
    expect(await run({}, 'none')).toMatchObject({ status: 404, body: { code: 'program_unknown' } })
  })
})

describe('POST /api/programs/{name}/run', () => {
  it('commits a delivery, an event and a task under the policy of the program', async () => {
    const { run, store } = await open()
    const before = Date.now()
    const { status, body } = await run({ params: GIVEN })
    expect(status).toBe(202)
    const task = await store.task(body.task)
    expect(task).toMatchObject({
      ...{ state: 'waiting', rule: '@manual', program: 'deploy', source: '@manual' },
      ...{ eventType: 'run', eventId: body.event, deliveryId: body.delivery, priority: 7 },
      policyKey: 'main/@manual',
    })
    expect(task?.dueAt).toBeGreaterThanOrEqual(before + 5000)
    expect(await store.delivery(body.delivery)).toMatchObject({
      ...{ method: 'RUN', path: '/api/programs/deploy/run', outcome: 'accepted' },
      ...{ source: '@manual', originalId: null, headers: {} },
    })
    const decision = { rule: '@manual', program: 'deploy', matched: true, taskId: body.task }
    expect(await store.events(body.delivery)).toMatchObject([
      { type: 'run', senderId: null, facts: GIVEN, payload: '{}', decisions: [decision] },
    ])
    expect(await store.auditEntries({ limit: 1, tail: true })).toMatchObject([
      { action: 'program.run', target: 'deploy', outcome: 'done', detail: JSON.stringify(body) },
    ])
  })

  it('takes an event, and keeps the digits of its payload', async () => {
    const { app, store, run } = await open()
    const event = { type: 'push', source: 'hook', facts: { branch: 'old', commit_count: 1 } }
    const { body } = await run({ event, params: { branch: 'new', target: null } })
    expect(await store.events(body.delivery)).toMatchObject([
      {
        ...{ source: 'hook', type: 'push', payload: '{}' },
        facts: { branch: 'new', commit_count: 1, target: null },
      },
    ])
    const text = '{"event":{"payload":{"id":12345678901234567890,"n":[1.5]}}}'
    const answer = await app.request('/api/programs/plain/run', {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: text,
    })
    const { delivery } = (await answer.json()) as Answer
    const [stored] = await store.events(delivery)
    expect(stored?.payload).toBe('{"id":12345678901234567890,"n":[1.5]}')
  })

  it('takes an event of a stored delivery, with its facts and its payload as it was sent', async () => {
    const { store, run } = await open()
    const payload = '{ "id": 12345678901234567890, "ratio": 1.0 }'
    const facts = { branch: 'topic', commit_count: 3 }
    const entry = makeEntry({ facts }, { body: Buffer.from(payload) })
    const { delivery } = entry
    await store.accept(entry)
    const event = { delivery: delivery.id }
    const { body } = await run({ event, params: { branch: 'main' } })
    expect(await store.delivery(body.delivery)).toMatchObject({
      ...{ source: delivery.source, method: 'RUN', originalId: delivery.id },
    })
    const [made] = await store.events(body.delivery)
    expect(made).toMatchObject({ payload, facts: { branch: 'main', commit_count: 3 } })
    const [first] = entry.events
    expect((await run({ event: { ...event, event: first?.id } })).status).toBe(202)
    expect(await run({ event: { ...event, event: 'evt_none' } })).toMatchObject({
      status: 404,
      body: { code: 'event_unknown' },
    })
    expect(await run({ event: { delivery: 'dlv_none' } })).toMatchObject({
      status: 404,
      body: { code: 'delivery_unknown' },
    })
  })

  it.each([
    [{ params: { ...GIVEN, brunch: 'x' } }, '/params/brunch', 'Did you mean `branch`?'],
    [{ params: { branch: 'main' } }, '/params', 'no value for the param `commit_count`'],
    [{ params: { ...GIVEN, branch: '--force' } }, '/params', 'starts with `-`'],
    [{ params: { ...GIVEN, branch: ['main'] } }, '/params/branch', ''],
    [{ params: GIVEN, event: { source: 'hok' } }, '/event/source', 'Did you mean `hook`?'],
    [{ params: GIVEN, event: { type: 'a b' } }, '/event/type', 'dotted parts'],
    [{ params: GIVEN, event: { facts: { a: {} } } }, '/event/facts/a', ''],
    [{ params: GIVEN, event: { delivery: 'd', type: 'x' } }, '/event', ''],
    [{ params: GIVEN, event: 'push' }, '/event', ''],
    [{ params: GIVEN, more: 1 }, '', ''],
    [[], '', ''],
  ])('refuses %j', async (json, pointer, message) => {
    const { run, store } = await open()
    const { status, body } = await run(json)
    expect([status, body.code, body.errors[0].pointer]).toEqual([400, 'request_invalid', pointer])
    expect(body.errors[0].message).toContain(message)
    expect((await store.tasks({ limit: 1 })).items).toEqual([])
  })

  it('refuses a viewer', async () => {
    const opened = await open()
    const token = await makeToken(opened, 'reader', { role: 'viewer' })
    const answer = await opened.ask('POST /api/programs/plain/run', {}, token)
    expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  })

  it('makes a delivery that is not replayed, and a task that is retried', async () => {
    const { ask, run, store } = await open()
    const { body } = await run({ event: { source: 'hook' } }, 'plain')
    const replay = await ask(`POST /api/deliveries/${body.delivery}/replay`)
    expect(replay).toMatchObject({ status: 409, body: { code: 'delivery_not_replayable' } })
    await store.cancel(body.task)
    expect(await ask(`POST /api/tasks/${body.task}/retry`)).toMatchObject({
      status: 200,
      body: { state: 'waiting', rule: '@manual' },
    })
    const listed = await ask('GET /api/tasks?rule=@manual&source=hook')
    expect(listed.body.tasks).toMatchObject([{ id: body.task }])
  })

  it('says why a key could not be computed, as for any task', async () => {
    const { run, store } = await open()
    const { body } = await run({ params: { ...GIVEN, branch: 'x'.repeat(600) } })
    expect(await store.task(body.task)).toMatchObject({ policyKey: null })
    const [event] = await store.events(body.delivery)
    expect(event?.decisions[0]?.error).toContain('500')
  })
})
