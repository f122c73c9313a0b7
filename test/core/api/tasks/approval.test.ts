import { describe, expect, it } from 'vitest'
import { call, makeToken } from '../access/calls.ts'
import { ADMIN_TOKEN, openApp } from '../app.ts'

const CONFIG = {
  sources: { box: { use: 'custom', options: { unverified: true, facts: { commit: 'commit' } } } },
  programs: { deploy: { use: 'subprocess', options: { command: ['true'] } } },
  rules: [
    { on: 'box', run: 'deploy', approval: { by: ['release', 'admin'], timeout: '1h' } },
    { on: 'hookline.task.approval_ended', run: 'deploy' },
  ],
}

// biome-ignore lint/suspicious/noExplicitAny: answers of many routes
type Answer = any

async function openHeld() {
  const opened = await openApp(CONFIG)
  const send = async () => {
    const sent = await call(opened, 'POST /api/webhooks/box', { json: { commit: 'a1b2' } })
    return ((await sent.json()) as Answer).tasks[0].id as string
  }
  const ask = async (route: string, given: Parameters<typeof call>[2] = {}) => {
    const answer = await call(opened, route, { token: ADMIN_TOKEN, ...given })
    return { status: answer.status, body: (await answer.json()) as Answer }
  }
  return { ...opened, send, ask, id: await send() }
}

describe('a task that waits for an approval', () => {
  it('shows what is to be approved, and runs once somebody has approved that', async () => {
    const { ask, id, store } = await openHeld()
    const { body: shown } = await ask(`GET /api/tasks/${id}/approval`)
    expect(shown).toMatchObject({
      ...{ task: id, by: ['release', 'admin'], mayDecide: true, program: 'deploy' },
      event: { source: 'box', facts: { commit: 'a1b2' } },
      approval: { state: 'pending', decidedBy: null },
    })
    expect((await ask('GET /api/tasks?approval=pending')).body.tasks).toHaveLength(1)
    const wrong = await ask(`POST /api/tasks/${id}/approve`, { json: { digest: 'a'.repeat(64) } })
    expect([wrong.status, wrong.body.code]).toEqual([409, 'approval_changed'])
    const { digest } = shown
    const done = await ask(`POST /api/tasks/${id}/approve`, { json: { digest } })
    expect(done.body).toMatchObject({
      ...{ task: id, state: 'waiting' },
      approval: { state: 'approved', decidedBy: 'admin' },
    })
    const again = await ask(`POST /api/tasks/${id}/reject`, { json: { digest } })
    expect([again.status, again.body.code]).toEqual([409, 'approval_not_pending'])
    expect(again.body.detail).toContain('approved by admin')
    const audit = await store.auditEntries({ limit: 100 })
    expect(audit.map(({ action, target }) => [action, target])).toEqual([['task.approve', id]])
    const { body } = await ask('GET /api/deliveries?source=hookline')
    expect(body.deliveries[0].events[0].facts).toMatchObject({ task: id, decision: 'approved' })
  })

  it('is decided only by whom the rule names', async () => {
    const { ask, id, app } = await openHeld()
    const operator = await makeToken({ app }, 'bob', { role: 'operator' })
    const release = await makeToken({ app }, 'release', { role: 'viewer' })
    const { digest, mayDecide } = (await ask(`GET /api/tasks/${id}/approval`, { token: operator }))
      .body
    expect(mayDecide).toBe(false)
    const json = { digest, reason: 'not today' }
    const refused = await ask(`POST /api/tasks/${id}/reject`, { token: operator, json })
    expect(refused.status).toBe(403)
    expect(refused.body.detail).toContain(`can be approved by release, admin`)
    const done = await ask(`POST /api/tasks/${id}/reject`, { token: release, json })
    expect(done.body.state).toBe('cancelled')
    const { body } = await ask(`GET /api/tasks/${id}`)
    expect([body.state, body.reason]).toEqual(['cancelled', 'rejected by release: not today'])
  })

  it('is not pinned to another task, nor to another wait of the same one', async () => {
    const { ask, id, send } = await openHeld()
    const other = await send()
    const { digest } = (await ask(`GET /api/tasks/${id}/approval`)).body
    expect((await ask(`POST /api/tasks/${other}/approve`, { json: { digest } })).status).toBe(409)
    await ask(`POST /api/tasks/${id}/reject`, { json: { digest } })
    await ask(`POST /api/tasks/${id}/retry`)
    const asked = (await ask(`GET /api/tasks/${id}`)).body
    expect([asked.state, asked.approval.state]).toEqual(['waiting', 'pending'])
    expect((await ask(`POST /api/tasks/${id}/approve`, { json: { digest } })).status).toBe(409)
  })
})
