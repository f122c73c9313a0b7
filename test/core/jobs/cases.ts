import { expect, it } from 'vitest'
import type { BulkChanged } from '../../../core/contracts/bulk.ts'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import { HooklineError } from '../../../core/errors/errors.ts'
import { claim, makeDelivery } from '../../../core/testing/store-cases/make-entry.ts'
import { acceptMany, all, makeDead, openJobs, startRunner } from './setup.ts'

/** More than one step, and more than one page of a list. */
const MANY = 230
const LIMIT_MS = 120_000
const NEVER = Number.POSITIVE_INFINITY

/** Jobs over an open store of each test's own. */
export function testJobs(open: () => Promise<StoreInstance>): void {
  it('retries what matches, the oldest first, and nothing else', async () => {
    const store = await open()
    const dead = await makeDead(store, MANY)
    const [other = ''] = await makeDead(store, 1, 'build')
    const [waiting = ''] = await acceptMany(store, 1)
    const { ask, create, ended } = await openJobs(store)
    const job = await create({ action: 'retry', filter: { program: 'deploy' } })
    expect(job).toMatchObject({ state: 'waiting', total: null, createdBy: 'admin', node: null })
    expect(job.filter).toEqual({ program: 'deploy', state: 'dead' })
    await startRunner(store)
    expect(await ended(job)).toMatchObject({
      ...{ state: 'succeeded', total: MANY, done: MANY, skipped: 0, failed: 0, node: 'one' },
    })
    const tasks = await all((page) => store.tasks({ ...page, state: 'waiting' }))
    expect(tasks.map(({ id }) => id).toSorted()).toEqual([...dead, waiting].toSorted())
    const dueAt = new Map(tasks.map((task) => [task.id, task.dueAt]))
    const times = dead.map((id) => dueAt.get(id) ?? 0)
    expect(times).toEqual(times.toSorted((one, next) => one - next))
    expect((await store.task(other))?.state).toBe('dead')
    const audit = (await store.auditEntries({ limit: 10, tail: true })).map((entry) => {
      return { ...entry, detail: JSON.parse(entry.detail) }
    })
    expect(audit).toMatchObject([
      { action: 'job.create', actor: 'admin', target: job.id, detail: { action: 'retry' } },
      { action: 'job.end', actor: 'hookline', target: job.id, detail: { done: MANY } },
    ])
    expect(await store.collections()).not.toContain(`jobs/${job.id}`)
    expect((await ask('GET /api/jobs')).body.jobs).toMatchObject([{ id: job.id }])
  })

  it('cancels what waits, and asks what runs to end', async () => {
    const store = await open()
    const ids = await acceptMany(store, MANY)
    await claim(store, { limit: 3 })
    const { create, ended } = await openJobs(store)
    await startRunner(store)
    const job = await ended(await create({ action: 'cancel', filter: { program: 'deploy' } }))
    expect(job).toMatchObject({ state: 'succeeded', total: MANY, done: MANY, skipped: 0 })
    const tasks = await Promise.all(ids.map((id) => store.task(id)))
    expect(tasks.filter((task) => task?.state === 'cancelled').length).toBe(MANY - 3)
    expect(tasks.filter((task) => task?.cancelRequested).length).toBe(MANY)
  })

  it('replays each delivery once, the oldest first, and skips what cannot be replayed', async () => {
    const store = await open()
    await acceptMany(store, MANY)
    const foreign = { source: 'gone', body: Buffer.from('{}') }
    await store.accept({ delivery: makeDelivery(foreign), events: [] })
    await store.accept({ delivery: makeDelivery({ method: 'RUN' }), events: [] })
    const broken = makeDelivery({ body: Buffer.from('no JSON') })
    await store.accept({ delivery: broken, events: [] })
    await store.refuse(makeDelivery({ outcome: 'refused', reason: 'no signature' }))
    const originals = await all((page) => store.deliveries({ ...page, outcome: 'accepted' }))
    const { create, ended } = await openJobs(store)
    await startRunner(store)
    const job = await ended(await create({ action: 'replay', filter: { outcome: 'accepted' } }))
    expect(job).toMatchObject({ state: 'succeeded', total: MANY + 3, done: MANY, skipped: 2 })
    expect(job).toMatchObject({ failed: 1, failures: [{ id: broken.id }] })
    expect(job.failures[0]?.reason).toMatch(/^delivery_unparsable: /)
    const replayed = (await all((page) => store.deliveries(page)))
      .filter(({ originalId }) => originalId !== null)
      .map(({ originalId }) => originalId)
    const skipped = new Set(replayed)
    expect(replayed).toEqual(originals.map(({ id }) => id).filter((id) => skipped.has(id)))
    expect(replayed.length).toBe(MANY)
    const tasks = await all((page) => store.tasks({ ...page, rule: 'again' }))
    expect(tasks.length).toBe(MANY)
  })

  it('takes chosen ids alone, and skips those that it cannot act on', async () => {
    const store = await open()
    const dead = await makeDead(store, 3)
    const [waiting = ''] = await acceptMany(store, 1)
    const { ask, create, ended } = await openJobs(store)
    const chosen = { action: 'retry', filter: { id: [...dead.slice(0, 2), waiting, 'tsk_none'] } }
    expect((await ask('POST /api/jobs', { ...chosen, dryRun: true })).body).toMatchObject({
      count: 2,
      more: false,
      sample: dead
        .slice(0, 2)
        .toReversed()
        .map((id) => ({ id })),
    })
    const job = await create(chosen)
    await startRunner(store)
    expect(await ended(job)).toMatchObject({ total: 4, done: 2, skipped: 2, failed: 0 })
    expect((await store.task(dead[2] ?? ''))?.state).toBe('dead')
    const [first] = (await store.deliveries({ limit: 1 })).items
    const replay = await create({ action: 'replay', filter: { id: first?.id } })
    expect(await ended(replay)).toMatchObject({ total: 1, done: 1 })
    for (const filter of [{ id: [] }, { id: dead, program: 'deploy' }]) {
      expect((await ask('POST /api/jobs', { action: 'retry', filter })).status).toBe(400)
    }
  })

  it('leaves alone what comes later, and what changes meanwhile', async () => {
    const store = await open()
    const [first = '', second = ''] = await makeDead(store, 5)
    let interfered = false
    const interfering: StoreInstance = {
      ...store,
      async bulk(changes, entries) {
        if (changes.tasks !== undefined && !interfered) {
          interfered = true
          await store.retry(first)
          await store.retry(second)
          await store.cancel(second)
        }
        return store.bulk(changes, entries)
      },
    }
    const { create, ended } = await openJobs(store)
    const job = await create({ action: 'retry', filter: { state: 'dead' } })
    const [later = ''] = await makeDead(store, 1)
    await startRunner(interfering)
    expect(await ended(job)).toMatchObject({ total: 5, done: 3, skipped: 2 })
    expect((await store.task(second))?.state).toBe('cancelled')
    expect((await store.task(later))?.state).toBe('dead')
  })

  it('does nothing twice when a store commits and yet seems to fail', {
    timeout: LIMIT_MS,
  }, async () => {
    const store = await open()
    await acceptMany(store, 70)
    let calls = 0
    const failing: StoreInstance = {
      ...store,
      async bulk(changes, entries) {
        const changed = await store.bulk(changes, entries)
        if (++calls % 2 === 1) throw new HooklineError('store_unavailable', 'The answer was lost')
        return changed
      },
    }
    const { create, ended } = await openJobs(store)
    await startRunner(failing)
    const job = await ended(await create({ action: 'replay', filter: { source: 'github' } }))
    expect(job).toMatchObject({ state: 'succeeded', total: 70, done: 70 })
    const deliveries = await all((page) => store.deliveries(page))
    const replayed = deliveries.flatMap(({ originalId }) => originalId ?? [])
    expect([replayed.length, new Set(replayed).size]).toEqual([70, 70])
  })

  it('finds the one delivery that a store does not take', async () => {
    const store = await open()
    await acceptMany(store, 24)
    const deliveries = await all((page) => store.deliveries(page))
    let unwanted = deliveries[12]?.id
    const picky: StoreInstance = {
      ...store,
      bulk(changes, entries = []) {
        const hasOne = entries.some(({ delivery }) => delivery.originalId === unwanted)
        if (hasOne) return Promise.reject(new Error('not this one'))
        return store.bulk(changes, entries)
      },
    }
    const { create, ended } = await openJobs(store)
    await startRunner(picky)
    const job = await ended(await create({ action: 'replay', filter: { source: 'github' } }))
    expect(job).toMatchObject({ state: 'succeeded', total: 24, done: 23, failed: 1 })
    expect(job.failures).toEqual([{ id: unwanted, reason: 'internal' }])
    expect((await all((page) => store.deliveries(page))).length).toBe(47)

    // The only one of its step that can be replayed.
    const alone = makeDelivery({ source: 'other', body: Buffer.from('{}') })
    const skipped = makeDelivery({ source: 'other', method: 'RUN' })
    unwanted = alone.id
    for (const delivery of [skipped, alone]) await store.accept({ delivery, events: [] })
    const last = await ended(await create({ action: 'replay', filter: { source: 'other' } }))
    expect(last).toMatchObject({ done: 0, skipped: 1, failed: 1, failures: [{ id: alone.id }] })
  })

  it('is ended by a person at once, wherever it is', async () => {
    const store = await open()
    const ids = await makeDead(store, MANY)
    const { ask, create } = await openJobs(store)
    const job = await create({ action: 'retry', filter: { state: 'dead' } })
    let steps = 0
    const reached = Promise.withResolvers<void>()
    const watched: StoreInstance = {
      ...store,
      async bulk(changes, entries) {
        if (changes.tasks !== undefined && ++steps === 2) {
          const { status, body } = await ask(`POST /api/jobs/${job.id}/cancel`)
          expect([status, body.state]).toEqual([200, 'cancelled'])
          reached.resolve()
        }
        return store.bulk(changes, entries)
      },
    }
    await startRunner(watched)
    await reached.promise
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const { body } = await ask(`GET /api/jobs/${job.id}`)
    expect(body).toMatchObject({ state: 'cancelled', total: MANY, done: 100 })
    const states = await Promise.all(ids.map((id) => store.task(id)))
    expect(states.filter((task) => task?.state === 'waiting').length).toBe(100)
    expect(await store.collections()).not.toContain(`jobs/${job.id}`)
    const again = await ask(`POST /api/jobs/${job.id}/cancel`)
    expect(again).toMatchObject({ status: 409, body: { code: 'job_already_ended' } })
    expect(await store.auditEntries({ limit: 1, tail: true })).toMatchObject([
      { action: 'job.cancel', actor: 'admin', target: job.id },
    ])
  })

  it('is taken over from a runner that is gone, and goes on where it was', {
    timeout: LIMIT_MS,
  }, async () => {
    const store = await open()
    await makeDead(store, MANY)
    const { create, ended, shown } = await openJobs(store)
    const hung = Promise.withResolvers<void>()
    const goesOn = Promise.withResolvers<void>()
    const late = Promise.withResolvers<BulkChanged>()
    let steps = 0
    const hanging: StoreInstance = {
      ...store,
      async bulk(changes, entries) {
        if (changes.tasks !== undefined && ++steps === 2) {
          hung.resolve()
          await goesOn.promise
          late.resolve(store.bulk(changes, entries))
          return late.promise
        }
        return store.bulk(changes, entries)
      },
    }
    await startRunner(hanging, 'hangs')
    const job = await create({ action: 'retry', filter: { state: 'dead' } })
    await hung.promise
    expect(await shown(job.id)).toMatchObject({ state: 'running', done: 100, node: 'hangs' })
    await startRunner(store, 'two')
    expect(await ended(job)).toMatchObject({
      ...{ state: 'succeeded', total: MANY, done: MANY, skipped: 0, node: 'two' },
    })
    goesOn.resolve()
    expect(await late.promise).toMatchObject({ ok: false })
  })

  it('is taken at once by the next runner of its node', async () => {
    const store = await open()
    await makeDead(store, MANY)
    const { create, ended } = await openJobs(store)
    const hung = Promise.withResolvers<void>()
    const killed: StoreInstance = {
      ...store,
      async bulk(changes, entries) {
        if (changes.tasks === undefined) return store.bulk(changes, entries)
        hung.resolve()
        throw new HooklineError('store_unavailable', 'The node was killed')
      },
    }
    await startRunner(killed, 'one', NEVER)
    const job = await create({ action: 'retry', filter: { state: 'dead' } })
    await hung.promise
    await startRunner(store, 'one', NEVER)
    expect(await ended(job)).toMatchObject({ state: 'succeeded', done: MANY, node: 'one' })
  })

  it('goes on at once on another node when its node stops', async () => {
    const store = await open()
    await makeDead(store, MANY)
    const { create, ended } = await openJobs(store)
    let steps = 0
    const reached = Promise.withResolvers<void>()
    const watched: StoreInstance = {
      ...store,
      bulk(changes, entries) {
        if (changes.tasks !== undefined && ++steps === 1) reached.resolve()
        return store.bulk(changes, entries)
      },
    }
    const one = await startRunner(watched)
    const job = await create({ action: 'retry', filter: { state: 'dead' } })
    await reached.promise
    await one.stop()
    expect((await store.documents('jobs')).map(({ value }) => JSON.parse(value).holder)).toEqual([
      null,
    ])
    await startRunner(store, 'two')
    expect(await ended(job)).toMatchObject({ state: 'succeeded', done: MANY, node: 'two' })
  })
}
