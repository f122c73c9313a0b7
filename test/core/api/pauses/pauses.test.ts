import { describe, expect, it } from 'vitest'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import { call, makeToken } from '../access/calls.ts'
import { ADMIN_TOKEN, openApp } from '../app.ts'

const SLASHED = 'deploy on box.a/b:c'
const CONFIG = {
  sources: { box: { use: 'custom', options: { unverified: true } } },
  programs: {
    deploy: { use: 'subprocess', options: { command: ['true'] } },
    report: { use: 'subprocess', options: { command: ['true'] } },
  },
  rules: [
    { name: 'both', on: 'box', run: ['deploy', 'report'] },
    { on: 'box.a/b:c', run: 'deploy' },
    { name: 'tell', on: 'hookline.program', run: 'report' },
  ],
}

type Opened = Awaited<ReturnType<typeof openApp>>

async function open(config: object = CONFIG) {
  const opened = await openApp(config)
  const ask = async (route: string, given: Parameters<typeof call>[2] = {}) => {
    const answer = await call(opened, route, { token: ADMIN_TOKEN, ...given })
    // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect of it
    return { status: answer.status, body: (await answer.json()) as any }
  }
  return { ...opened, ask }
}

async function waitingTask({ app }: Pick<Opened, 'app'>): Promise<readonly string[]> {
  const answer = await call({ app }, 'POST /api/webhooks/box', { json: { type: 'x' } })
  const { tasks } = (await answer.json()) as { tasks: { id: string }[] }
  return tasks.map(({ id }) => id)
}

async function entriesOf(store: StoreInstance) {
  const entries = await store.auditEntries({ limit: 100 })
  return entries.map(({ actor, action, target, detail }) => [actor, action, target, detail])
}

describe('/api/pauses', () => {
  it('pauses and resumes a program, and shows both', async () => {
    const { ask } = await open()
    expect((await ask('GET /api/pauses')).body).toEqual({ pauses: [] })
    const paused = await ask('PUT /api/pauses/program/deploy', { json: { reason: ' it fails ' } })
    expect(paused).toEqual({
      status: 200,
      body: {
        ...{ kind: 'program', name: 'deploy', state: 'paused', by: 'admin', reason: 'it fails' },
        since: expect.stringMatching(/Z$/),
        breaker: null,
      },
    })
    expect((await ask('GET /api/pauses')).body).toEqual({ pauses: [paused.body] })
    const resumed = await ask('DELETE /api/pauses/program/deploy')
    expect(resumed).toEqual({ status: 200, body: { ...paused.body, state: 'ended' } })
    expect((await ask('GET /api/pauses')).body).toEqual({ pauses: [] })
  })

  it('needs no body, and refuses one that it does not understand', async () => {
    const { ask } = await open()
    expect((await ask('PUT /api/pauses/source/box')).body.reason).toBe(null)
    expect((await ask('PUT /api/pauses/source/box', { json: {} })).status).toBe(200)
    expect((await ask('PUT /api/pauses/source/box', { json: { reason: null } })).status).toBe(200)
    for (const json of [{ reason: 5 }, { reason: '' }, { reason: 'x'.repeat(501) }, { why: 'x' }]) {
      const { status, body } = await ask('PUT /api/pauses/source/box', { json })
      expect([status, body.code]).toEqual([400, 'request_invalid'])
    }
  })

  it('keeps since when it was paused, and takes over by whom and why', async () => {
    const opened = await open()
    const token = await makeToken(opened, 'oscar', { role: 'operator' })
    const first = await opened.ask('PUT /api/pauses/rule/tell', { json: { reason: 'first' } })
    const second = await opened.ask('PUT /api/pauses/rule/tell', { token })
    expect(second.body).toEqual({ ...first.body, by: 'oscar', reason: null })
  })

  it('takes the id of any rule, also one with slashes', async () => {
    const { ask } = await open()
    const path = `/api/pauses/rule/${SLASHED.split('/').map(encodeURIComponent).join('/')}`
    expect((await ask(`PUT ${path}`)).body.name).toBe(SLASHED)
    expect((await ask(`DELETE ${path}`)).body.state).toBe('ended')
  })

  it('refuses a name that is not there, with the nearest one', async () => {
    const { ask, store } = await open()
    const refusals = [
      ['program/deplyo', 'Did you mean `deploy`?'],
      ['source/bx', 'Did you mean `box`?'],
      ['rule/tel', 'Did you mean `tell`?'],
      ['rule/both', 'It runs several programs: both:deploy, both:report'],
    ]
    for (const [target, hint] of refusals) {
      const { status, body } = await ask(`PUT /api/pauses/${target}`)
      expect([status, body.code], target).toEqual([404, 'pause_target_unknown'])
      expect(body.detail).toContain(hint)
    }
    await ask('PUT /api/pauses/program/deploy')
    const { status, body } = await ask('DELETE /api/pauses/program/deploi')
    expect([status, body.code]).toEqual([404, 'pause_unknown'])
    expect(body.detail).toContain('Did you mean `deploy`?')
    expect((await ask('DELETE /api/pauses/rule/deploy')).body.code).toBe('pause_unknown')
    expect((await ask('PUT /api/pauses/task/x')).body.code).toBe('not_found')
    expect(await store.pauses()).toHaveLength(1)
  })

  it('is recorded in the audit log', async () => {
    const opened = await open()
    await opened.ask('PUT /api/pauses/program/deploy', { json: { reason: 'it fails' } })
    await opened.ask('DELETE /api/pauses/program/deploy')
    await opened.ask('PUT /api/pauses/program/none')
    await opened.ask('DELETE /api/pauses/program/deploy')
    expect(await entriesOf(opened.store)).toEqual([
      ['admin', 'program.pause', 'deploy', '{"reason":"it fails"}'],
      ['admin', 'program.resume', 'deploy', '{}'],
    ])
  })

  it('tells rules of what was paused and resumed, by whom and why', async () => {
    const { ask, store } = await open()
    await ask('PUT /api/pauses/program/deploy', { json: { reason: 'it fails' } })
    await ask('PUT /api/pauses/program/deploy', { json: { reason: 'still' } })
    await ask('PUT /api/pauses/source/box')
    await ask('DELETE /api/pauses/program/deploy')
    const { items } = await store.deliveries({ source: 'hookline', limit: 10 })
    const events = (await Promise.all(items.map(({ id }) => store.events(id)))).flat()
    const fact = { kind: 'program', name: 'deploy', by: 'admin', node: 'node-1' }
    expect(events.reverse().map(({ type, facts }) => [type, facts])).toEqual([
      ['program.paused', { ...fact, reason: 'it fails' }],
      ['program.resumed', { ...fact, reason: 'still' }],
    ])
  })

  it('shows at a waiting task which pause holds it back', async () => {
    const opened = await open()
    const { ask } = opened
    const [deploy, report] = await waitingTask(opened)
    const paused = async (id = '') => (await ask(`GET /api/tasks/${id}`)).body.pausedBy
    expect([await paused(deploy), await paused(report)]).toEqual([null, null])
    await ask('PUT /api/pauses/source/box')
    const { breaker: _, ...bySource } = (await ask('GET /api/pauses')).body.pauses[0]
    expect([await paused(deploy), await paused(report)]).toEqual([bySource, bySource])
    await ask('PUT /api/pauses/rule/both:deploy', { json: { reason: 'no' } })
    expect(await paused(deploy)).toMatchObject({ kind: 'rule', name: 'both:deploy', reason: 'no' })
    await ask('PUT /api/pauses/program/deploy')
    expect(await paused(deploy)).toMatchObject({ kind: 'program', name: 'deploy' })
    const { tasks } = (await ask('GET /api/tasks?source=box')).body
    expect(tasks.map((task: { pausedBy: { kind: string } }) => task.pausedBy.kind)).toEqual([
      'source',
      'program',
    ])
    await ask(`POST /api/tasks/${deploy}/cancel`)
    expect(await paused(deploy)).toBe(null)
  })
})
