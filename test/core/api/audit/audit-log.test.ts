import { describe, expect, it } from 'vitest'
import { call, makeToken } from '../access/calls.ts'
import { ADMIN_TOKEN, openApp } from '../app.ts'

const CONFIG = {
  sources: { box: { use: 'custom', options: { unverified: true } } },
  programs: { run: { use: 'subprocess', options: { command: ['true'] } } },
  rules: [{ on: 'box', run: 'run' }],
}

type Opened = Awaited<ReturnType<typeof openApp>>

async function deliver(opened: Opened) {
  const answer = await call(opened, 'POST /api/webhooks/box', { json: { type: 'x' } })
  const { delivery, tasks } = (await answer.json()) as {
    delivery: string
    tasks: { id: string }[]
  }
  return { delivery, task: tasks[0]?.id ?? '' }
}

async function entriesOf({ store }: Opened) {
  const entries = await store.auditEntries({ limit: 100 })
  return entries.map(({ actor, action, target, outcome }) => [actor, action, target, outcome])
}

describe('the audit log', () => {
  it('records who cancelled, retried and replayed what', async () => {
    const opened = await openApp(CONFIG)
    const token = await makeToken(opened, 'oscar', { role: 'operator' })
    const { delivery, task } = await deliver(opened)
    for (const route of [
      `POST /api/tasks/${task}/cancel`,
      `POST /api/tasks/${task}/retry`,
      `POST /api/deliveries/${delivery}/replay`,
    ]) {
      expect((await call(opened, route, { token })).status, route).toBeLessThan(300)
    }
    expect(await entriesOf(opened)).toEqual([
      ['admin', 'token.create', 'oscar', 'done'],
      ['oscar', 'task.cancel', task, 'done'],
      ['oscar', 'task.retry', task, 'done'],
      ['oscar', 'delivery.replay', delivery, 'done'],
    ])
  })

  it('records no act on a target that does not exist', async () => {
    const opened = await openApp(CONFIG)
    const { task } = await deliver(opened)
    await call(opened, `POST /api/tasks/${task}/retry`, { token: ADMIN_TOKEN })
    await call(opened, 'POST /api/tasks/none/cancel', { token: ADMIN_TOKEN })
    await call(opened, 'DELETE /api/tokens/none', { token: ADMIN_TOKEN })
    expect(await entriesOf(opened)).toEqual([])
  })

  it('records that an act failed', async () => {
    const opened = await openApp(CONFIG, (store) => ({
      ...store,
      cancel: () => Promise.reject(new Error('broken')),
    }))
    const { task } = await deliver(opened)
    const answer = await call(opened, `POST /api/tasks/${task}/cancel`, { token: ADMIN_TOKEN })
    expect(answer.status).toBe(500)
    expect(await entriesOf(opened)).toEqual([
      ['admin', 'task.cancel', task, 'done'],
      ['admin', 'task.cancel', task, 'refused'],
    ])
    const [, second] = await opened.store.auditEntries({ limit: 2 })
    expect(second?.detail).toBe('{"entry":1,"code":"internal"}')
  })

  it('prevents every act if it cannot be written', async () => {
    const opened = await openApp(CONFIG, (store) => ({
      ...store,
      audit: () => Promise.reject(new Error('the disk is full')),
      writeDocuments: (writes, audit) =>
        audit === null
          ? store.writeDocuments(writes, null)
          : Promise.reject(new Error('the disk is full')),
    }))
    const { delivery, task } = await deliver(opened)
    for (const [route, json] of [
      [`POST /api/tasks/${task}/cancel`],
      [`POST /api/deliveries/${delivery}/replay`],
      ['POST /api/tokens', { name: 'x', role: 'admin' }],
      ['POST /api/session', { token: ADMIN_TOKEN }],
    ] as const) {
      const given = json === undefined ? {} : { json }
      const answer = await call(opened, route, { token: ADMIN_TOKEN, ...given })
      expect(answer.status, route).toBe(500)
    }
    expect(await opened.store.task(task)).toMatchObject({ state: 'waiting' })
    expect((await opened.store.deliveries({ limit: 10 })).items).toHaveLength(1)
    expect(await opened.store.documents('tokens')).toEqual([])
    expect(await opened.store.documents('sessions')).toEqual([])
    // A refusal is answered all the same.
    expect((await call(opened, 'GET /api/tasks', { token: 'wrong' })).status).toBe(401)
  })

  it('is listed in pages, exactly as it was hashed', async () => {
    const opened = await openApp({})
    for (const name of ['a', 'b', 'c']) await makeToken(opened, name, { role: 'viewer' })
    const read = async (query: string) => {
      const answer = await call(opened, `GET /api/audit${query}`, { token: ADMIN_TOKEN })
      return (await answer.json()) as { entries: { target: string }[]; next: number | null }
    }
    const all = await read('')
    expect(all.entries).toEqual(await opened.store.auditEntries({ limit: 10 }))
    const first = await read('?limit=2')
    expect(first.entries.map(({ target }) => target)).toEqual(['a', 'b'])
    expect(first.next).toBe(2)
    const rest = await read('?limit=2&after=2')
    expect(rest.entries.map(({ target }) => target)).toEqual(['c'])
    expect(rest.next).toBeNull()
    expect((await read('?limit=1&tail=true')).entries.map(({ target }) => target)).toEqual(['c'])
    for (const query of ['?limit=0', '?limit=1001', '?after=-1', '?after=x', '?tail=1', '?x=1']) {
      const answer = await call(opened, `GET /api/audit${query}`, { token: ADMIN_TOKEN })
      expect(answer.status, query).toBe(400)
    }
  })

  it('lists the newest entries within filters, page by page', async () => {
    const opened = await openApp({})
    for (const name of ['one', 'two', 'three']) await makeToken(opened, name, { role: 'viewer' })
    await call(opened, 'DELETE /api/tokens/two', { token: ADMIN_TOKEN })
    const find = async (query: string) => {
      const answer = await call(opened, `GET /api/audit?tail=true&${query}`, { token: ADMIN_TOKEN })
      const { entries, next } = (await answer.json()) as {
        entries: { target: string }[]
        next: number | null
      }
      return [entries.map(({ target }) => target), next]
    }
    expect(await find('limit=2')).toEqual([['three', 'two'], 3])
    expect(await find('limit=2&before=3')).toEqual([['one', 'two'], null])
    expect(await find('action=token.create&limit=2')).toEqual([['two', 'three'], 2])
    expect(await find('action=token.create&limit=2&before=2')).toEqual([['one'], null])
    expect(await find('target=TWO')).toEqual([['two', 'two'], null])
    expect(await find('actor=nobody')).toEqual([[], null])
  })
})
