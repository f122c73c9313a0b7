import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { StoreChange, StoreInstance } from '../../../../core/contracts/store.ts'
import { call, makeToken, signIn } from '../access/calls.ts'
import { ADMIN_TOKEN, openApp } from '../app.ts'

const CONFIG = {
  sources: { box: { use: 'custom', options: { unverified: true } } },
  programs: { run: { use: 'subprocess', options: { command: ['true'] } } },
  rules: [{ on: 'box', run: 'run' }],
}
const SYNC = { event: 'sync', data: {} }
const LIMIT_MS = 10_000

interface Sent {
  readonly event: string
  readonly data: unknown
}

type Opened = Awaited<ReturnType<typeof openApp>>

const deliver = (opened: Opened) => call(opened, 'POST /api/webhooks/box', { json: { type: 'x' } })

/** An open stream, which is cancelled when the test gives it up. */
async function openEvents(opened: Opened, query = '', given = { token: ADMIN_TOKEN }) {
  const answer = await call(opened, `GET /api/events${query}`, given)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('text/event-stream')
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (reader === undefined) throw new Error('There is no body.')
  let text = ''
  /** The next block of the stream; null at its end. */
  const block = async (): Promise<string | null> => {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end >= 0) {
        const found = text.slice(0, end)
        text = text.slice(end + 2)
        return found
      }
      const { done, value } = await Promise.race([
        reader.read(),
        sleep(LIMIT_MS, undefined, { ref: false }).then(() => {
          throw new Error(`Nothing more came than: ${text}`)
        }),
      ])
      if (done) return null
      text += value
    }
  }
  const next = async (): Promise<Sent | null> => {
    const found = await block()
    if (found === null) return null
    const event = /^event: (.*)$/m.exec(found)?.[1]
    const data = /^data: (.*)$/m.exec(found)?.[1]
    return event === undefined ? next() : { event, data: JSON.parse(data ?? 'null') }
  }
  /** All until the next `sync`, which is asked for when all else has been heard. */
  const upTo = async (last: (sent: Sent) => boolean): Promise<Sent[]> => {
    const all: Sent[] = []
    for (let sent = await next(); sent !== null; sent = await next()) {
      all.push(sent)
      if (last(sent)) break
    }
    return all
  }
  return { block, next, upTo, cancel: () => reader.cancel() }
}

/** An app whose store can be made to announce any change. */
async function openHearing(stopping = new AbortController()) {
  const listeners = new Set<(change: StoreChange) => void>()
  const change = (store: StoreInstance): StoreInstance => {
    const subscribe = store.subscribe.bind(store)
    store.subscribe = (listener) => {
      const stop = subscribe(listener)
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
        stop()
      }
    }
    return store
  }
  const more = async () => ({ stopping: stopping.signal })
  const opened = await openApp(CONFIG, change, { more })
  // Loads the API, which has subscriptions of its own.
  await opened.app.request('/api/tasks')
  const before = listeners.size
  const announce = (...changes: StoreChange[]) => {
    for (const each of changes) for (const listener of [...listeners]) listener(each)
  }
  return { opened, announce, stopping, subscriptions: () => listeners.size - before }
}

describe('GET /api/events', () => {
  it('tells of deliveries and of the states of tasks', async () => {
    const opened = await openApp(CONFIG)
    const events = await openEvents(opened)
    expect(await events.next()).toEqual(SYNC)
    const { tasks } = (await (await deliver(opened)).json()) as { tasks: { id: string }[] }
    const [id = ''] = tasks.map((task) => task.id)
    const first = await events.upTo(({ event }) => event === 'task')
    expect(first).toEqual([
      { event: 'delivery', data: {} },
      { event: 'task', data: { tasks: [{ id, state: 'waiting' }], more: false } },
    ])
    await opened.store.cancel(id)
    const cancelled = { tasks: [{ id, state: 'cancelled' }], more: false }
    expect(await events.next()).toEqual({ event: 'task', data: cancelled })
    await events.cancel()
  })

  it('sends only the kinds that are asked for', async () => {
    const { opened, announce } = await openHearing()
    const events = await openEvents(opened, '?kinds=node,config')
    expect(await events.next()).toEqual(SYNC)
    await deliver(opened)
    announce(
      { kind: 'documents', collection: 'rules' },
      { kind: 'documents', collection: 'tokens' },
      { kind: 'node', name: 'a' },
      { kind: 'node', name: 'b' },
    )
    const sent = await events.upTo(({ event }) => event === 'node')
    expect(sent.map(({ event }) => event)).toEqual(['config', 'node'])
    await events.cancel()
    for (const query of ['?kinds=', '?kinds=tasks', '?kinds=task,', '?more=1']) {
      const answer = await call(opened, `GET /api/events${query}`, { token: ADMIN_TOKEN })
      expect(answer.status, query).toBe(400)
    }
  })

  it('sends few events, each of limited size, however much happens', async () => {
    const { opened, announce } = await openHearing()
    const events = await openEvents(opened)
    expect(await events.next()).toEqual(SYNC)
    const until = performance.now() + 1500
    let number = 0
    while (performance.now() < until) {
      for (let index = 0; index < 200; index++) {
        announce({ kind: 'task', taskId: `tsk_${number++}`, state: 'running' })
        announce({ kind: 'delivery' })
      }
      await sleep(1)
    }
    announce({ kind: 'documents', collection: 'jobs' })
    const sent = await events.upTo(({ event }) => event === 'job')
    expect(sent.length).toBeLessThanOrEqual(11)
    for (const { event, data } of sent) {
      if (event !== 'task') continue
      expect((data as { tasks: unknown[] }).tasks).toHaveLength(50)
      expect(data).toMatchObject({ more: true })
    }
    await events.cancel()
  })

  it('keeps no more for a viewer that does not read', async () => {
    const { opened, announce } = await openHearing()
    const events = await openEvents(opened)
    expect(await events.next()).toEqual(SYNC)
    // The stream has room for some texts; what comes later is gathered.
    for (let round = 0; round < 5; round++) {
      for (let index = 0; index < 100; index++) {
        announce({ kind: 'task', taskId: `tsk_${round}_${index}`, state: 'dead' })
      }
      await sleep(600)
    }
    announce({ kind: 'node', name: 'last' })
    await sleep(600)
    const sent = await events.upTo(({ event }) => event === 'node')
    expect(sent.length).toBeLessThan(6)
    await events.cancel()
  })

  it('asks to fetch everything when changes may have been missed', async () => {
    const { opened, announce } = await openHearing()
    const events = await openEvents(opened, '?kinds=stats')
    expect(await events.next()).toEqual(SYNC)
    announce({ kind: 'missed' })
    expect(await events.next()).toEqual(SYNC)
    await events.cancel()
  })

  it('has one subscription for all viewers, and none without viewers', async () => {
    const { opened, subscriptions } = await openHearing()
    expect(subscriptions()).toBe(0)
    const viewers = await Promise.all(Array.from({ length: 5 }, () => openEvents(opened)))
    for (const viewer of viewers) await viewer.next()
    expect(subscriptions()).toBe(1)
    await deliver(opened)
    for (const viewer of viewers) expect(await viewer.next()).toMatchObject({ event: 'delivery' })
    for (const viewer of viewers) await viewer.cancel()
    await expect.poll(subscriptions).toBe(0)
  })

  it('ends when the node stops', async () => {
    const { opened, stopping, subscriptions } = await openHearing()
    const events = await openEvents(opened)
    await events.next()
    stopping.abort()
    expect(await events.next()).toBe(null)
    // Other subscriptions of the app end with it.
    expect(subscriptions()).toBeLessThanOrEqual(0)
  })

  it('ends when its token is revoked', async () => {
    const opened = await openApp(CONFIG)
    const token = await makeToken(opened, 'eve', { role: 'viewer' })
    const events = await openEvents(opened, '', { token })
    await events.next()
    await call(opened, 'DELETE /api/tokens/eve', { token: ADMIN_TOKEN })
    expect(await events.next()).toBe(null)
  })

  it('ends when its session does', async () => {
    const opened = await openApp(CONFIG)
    const session = await signIn(opened, ADMIN_TOKEN)
    const answer = await call(opened, 'GET /api/events', session)
    const reader = answer.body?.getReader()
    await reader?.read()
    await call(opened, 'DELETE /api/session', session)
    for (let part = await reader?.read(); part?.done === false; ) part = await reader?.read()
  })
})
