import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { DeliveryFilter, StoreInstance, TaskFilter } from '../../../core/contracts/store.ts'
import { NO_METER } from '../../../core/kit/no-meter.ts'
import { SILENT_LOGGER } from '../../../core/kit/silent-logger.ts'
import { Projector } from '../../../core/projection/projector.ts'
import { searchable } from '../../../core/projection/searchable.ts'
import { BlocksReader } from '../../../core/sdk/store/search/blocks.ts'
import { FULL_SEGMENT } from '../../../core/sdk/store/search/merge.ts'
import { settingsSchema } from '../../../core/settings/settings.ts'
import {
  acceptTask,
  claimOne,
  makeDelivery,
  makeEntry,
  makeEvent,
  makeSettlement,
} from '../../../core/testing/store-cases/make-entry.ts'
import { Retention } from '../../../core/work/retention.ts'
import { openProjected, projected } from './setup.ts'

const COMMIT = '6dcb09b5b57875f334f61aebed695e2e4193db5e'

async function taskIds(store: StoreInstance, filter: Partial<TaskFilter>) {
  return (await store.tasks({ limit: 50, ...filter })).items.map(({ id }) => id)
}

async function deliveryIds(store: StoreInstance, filter: Partial<DeliveryFilter>) {
  return (await store.deliveries({ limit: 50, ...filter })).items.map(({ id }) => id)
}

describe.each([{ encryptPayloads: false }, { encryptPayloads: true }])(
  'what was committed, $encryptPayloads encrypted',
  (options) => {
    it('is found by facts, type, key, rule, program and words', async () => {
      const { store, projector } = await openProjected(options)
      const facts = { branch: 'main', repository: 'octo/hello-world', after: COMMIT, forced: true }
      const event = makeEvent({
        facts,
        senderId: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
        programs: ['build', 'deploy'],
        policy: { policyKey: 'octo/hello-world' },
      })
      const delivery = makeDelivery({
        path: '/api/webhooks/github?team=blue',
        client: '192.0.2.77',
      })
      const [build, deploy] = event.tasks.map(({ id }) => id)
      await store.accept({ delivery, events: [event, makeEvent({ type: 'tag', programs: [] })] })
      await store.accept(
        makeEntry({ programs: ['lint'], facts: { branch: 'dev', title: '部署失败' } }),
      )
      await projector.projectAll()
      const both = [deploy, build]
      const found: readonly (readonly [Partial<TaskFilter>, readonly unknown[]])[] = [
        [{ facts: ['branch=main'] }, both],
        [{ facts: ['branch=main', 'forced=true'] }, both],
        [{ facts: ['branch=main', 'forced=false'] }, []],
        [{ facts: ['branch=mai'] }, []],
        [{ type: 'push', facts: [`after=${COMMIT}`] }, both],
        [{ type: 'tag' }, []],
        [{ key: 'octo/hello-world' }, both],
        [{ key: 'octo' }, []],
        [{ text: 'octo hello' }, both],
        [{ text: 'HELLO-world', program: 'build' }, [build]],
        [{ text: COMMIT.slice(0, 7) }, both],
        [{ text: COMMIT.slice(0, 10) }, both],
        [{ text: `${COMMIT} main` }, both],
        [{ text: '72d3162e-cc78-11e3-81ab-4c9367dc0958' }, both],
        [{ text: 'rule-deploy' }, [deploy]],
        [{ text: 'octo', state: 'waiting', rule: 'rule-build' }, [build]],
        [{ text: 'octo', state: 'dead' }, []],
        [{ text: 'nothing like this' }, []],
      ]
      for (const [filter, ids] of found) {
        expect(await taskIds(store, filter), JSON.stringify(filter)).toEqual(ids)
      }
      const foundDeliveries: readonly Partial<DeliveryFilter>[] = [
        { facts: ['branch=main'] },
        { type: 'tag' },
        { key: 'octo/hello-world' },
        { program: 'build' },
        { rule: 'rule-build', source: 'github' },
        { text: '192.0.2.77' },
        { text: 'team blue' },
        { text: COMMIT.slice(0, 8), outcome: 'accepted' },
      ]
      for (const filter of foundDeliveries) {
        expect(await deliveryIds(store, filter), JSON.stringify(filter)).toEqual([delivery.id])
      }
      expect(await deliveryIds(store, { text: '部署' })).toHaveLength(1)
      expect(await deliveryIds(store, { text: 'octo', outcome: 'refused' })).toEqual([])
    })

    it('is found as unmatched if it has an event, and no rule matched any', async () => {
      const { store, projector } = await openProjected(options)
      const [unmatched, matched, ping] = [makeDelivery(), makeDelivery(), makeDelivery()]
      const [none, some] = [makeEvent({ programs: [] }), makeEvent()]
      await store.accept({ delivery: unmatched, events: [none] })
      await store.accept({ delivery: matched, events: [makeEvent({ programs: [] }), some] })
      await store.accept({ delivery: ping, events: [] })
      await store.refuse(makeDelivery({ outcome: 'refused', reason: 'no' }))
      await projector.projectAll()
      const dead = makeSettlement({ state: 'dead', attempt: 'failed' })
      await store.settle((await claimOne(store)).lease, dead)
      expect(await deliveryIds(store, { state: 'unmatched' })).toEqual([unmatched.id])
      const branch = { facts: ['branch=main'] }
      expect(await deliveryIds(store, { state: 'unmatched', ...branch })).toEqual([unmatched.id])
      expect(await deliveryIds(store, { state: 'dead', ...branch })).toEqual([matched.id])
      expect(await deliveryIds(store, { state: 'unmatched', source: 'gitlab' })).toEqual([])
    })

    it('is found by the delivery that it duplicates or replays', async () => {
      const { store, projector } = await openProjected(options)
      const original = makeEntry({ senderId: 'one' })
      const duplicate = makeEntry({ senderId: 'one' })
      const { id } = original.delivery
      const replay = makeEntry({}, { originalId: id })
      for (const entry of [original, duplicate, replay]) await store.accept(entry)
      await projector.projectAll()
      const found = await deliveryIds(store, { text: id })
      expect(found.toSorted()).toEqual([duplicate.delivery.id, replay.delivery.id].toSorted())
      expect(await deliveryIds(store, { text: id, outcome: 'duplicate' })).toHaveLength(1)
    })

    it('is found by the reason of a refusal, or of an end, as long as that is the reason', async () => {
      const { store, projector } = await openProjected(options)
      const refused = makeDelivery({ outcome: 'refused', reason: 'the signature is wrong' })
      await store.refuse(refused)
      const id = await acceptTask(store, { facts: { branch: 'main' } })
      const dead = { state: 'dead', attempt: 'failed' } as const
      const reason = 'no disk at 10.1.2.3 after 17 tries'
      await store.settle((await claimOne(store)).lease, makeSettlement({ ...dead, reason }))
      await projector.projectAll()
      expect(await deliveryIds(store, { reason: 'the signature is wrong' })).toEqual([refused.id])
      expect(await deliveryIds(store, { text: 'signature' })).toEqual([refused.id])
      // Whatever differs from one failure to the next.
      const alike = { reason: 'no disk at 10.9.9.9 after 4 tries', state: 'dead' } as const
      expect(await taskIds(store, alike)).toEqual([id])
      expect(await taskIds(store, { text: 'disk main' })).toEqual([id])
      await store.retry(id)
      await store.settle((await claimOne(store)).lease, makeSettlement())
      await projector.projectAll()
      expect(await taskIds(store, { reason })).toEqual([])
      expect(await taskIds(store, { facts: ['branch=main'], state: 'succeeded' })).toEqual([id])
    })
  },
)

describe('the projector', () => {
  it('takes in what is committed while it runs, and what was there before', async () => {
    const { store, projector } = await openProjected()
    const before = await acceptTask(store)
    projector.start()
    await projected(store)
    expect(await taskIds(store, { type: 'push' })).toEqual([before])
    const id = await acceptTask(store)
    await projected(store)
    expect(await taskIds(store, { type: 'push' })).toEqual([id, before])
    await store.refuse(makeDelivery({ outcome: 'refused', reason: 'unknown key' }))
    await projected(store)
    expect(await deliveryIds(store, { text: 'unknown' })).toHaveLength(1)
  })

  it('leaves few segments, however many commits there were, and finds all', async () => {
    const { store, projector } = await openProjected()
    const ids: string[] = []
    for (let count = 0; count < 150; count++) {
      ids.unshift(await acceptTask(store))
      await projector.projectAll()
    }
    const segments = await store.smallSegments(FULL_SEGMENT)
    expect(segments.length).toBeLessThan(25)
    const tasks = segments.filter(({ kind }) => kind === 'tasks')
    expect(tasks.reduce((sum, { documents }) => sum + documents, 0)).toBe(150)
    expect(await taskIds(store, { facts: ['branch=main'], limit: 200 })).toEqual(ids)
  })

  it('has no more rows after many deliveries than after a few, if old ones are deleted', async () => {
    const { store, projector, folder } = await openProjected()
    let count = 50
    const { retention: defaults } = settingsSchema.parse({})
    const retention = new Retention({
      ...{ store, logger: SILENT_LOGGER, meter: NO_METER, clock: Date.now, random: () => 0 },
      settings: () => ({ ...defaults, deliveries: { days: null, count } }),
    })
    const rows: number[] = []
    for (let round = 0; round < 6; round++) {
      const ids = await Promise.all(Array.from({ length: 60 }, () => acceptTask(store)))
      for (const id of ids) await store.cancel(id)
      await projector.projectAll()
      await retention.prune()
      rows.push(rowsIn(folder))
      const newest = ids.toSorted().toReversed().slice(0, 50)
      expect(await taskIds(store, { facts: ['branch=main'] })).toEqual(newest)
    }
    expect(Math.max(...rows.slice(2))).toBeLessThanOrEqual(2 * Math.max(...rows.slice(0, 2)))
    count = 0
    await retention.prune()
    expect(rowsIn(folder)).toBe(0)
  })

  it('takes in everything once if several work at once', async () => {
    const { store, projector, hash } = await openProjected()
    const options = { store, hash, logger: SILENT_LOGGER, random: () => 0 }
    const others = [new Projector(options), new Projector(options)]
    const ids = await Promise.all(Array.from({ length: 700 }, () => acceptTask(store)))
    for (const each of [projector, ...others]) each.start()
    await projected(store)
    await Promise.all(others.map((each) => each.stop()))
    await projector.stop()
    const segments = await store.smallSegments(1_000_000)
    const tasks = segments.filter(({ kind }) => kind === 'tasks')
    expect(tasks.reduce((sum, { documents }) => sum + documents, 0)).toBe(ids.length)
    expect((await taskIds(store, { type: 'push', limit: 200 })).length).toBe(200)
  })

  it('is not held up by what it cannot take in, and says so', async () => {
    const first = await openProjected()
    const [good, bad] = [makeEntry(), makeEntry()]
    for (const entry of [good, bad, makeEntry()]) await first.store.accept(entry)
    await first.close()
    const database = new DatabaseSync(join(first.folder, 'hookline.db'))
    const change = "UPDATE events SET facts = 'null' WHERE delivery_id = ?"
    database.prepare(change).run(bad.delivery.id)
    database.close()
    const { inner, hash, logger, errors } = await openProjected({ folder: first.folder })
    const store = searchable(inner, hash)
    await new Projector({ store, hash, logger, random: () => 0 }).projectAll()
    const found = await deliveryIds(store, { type: 'push' })
    expect(found).toHaveLength(2)
    expect(found).toContain(good.delivery.id)
    expect(errors).toEqual([{ ids: [bad.delivery.id], fault: { name: 'TypeError', message: '' } }])
    expect((await store.unprojected(1)).deliveries).toEqual([])
  })

  it('goes on after the store was away', async () => {
    const { store, projector, errors } = await openProjected()
    await store.close()
    projector.start()
    while (errors.length === 0) await sleep(20)
    expect(errors).toEqual([{ err: expect.objectContaining({ code: 'store_unavailable' }) }])
    await store.open()
    await acceptTask(store)
    await projected(store)
  })

  it('stops at once while it waits', async () => {
    const { projector } = await openProjected()
    projector.start()
    await sleep(50)
    const begun = performance.now()
    await projector.stop()
    expect(performance.now() - begun).toBeLessThan(1_000)
  })
})

describe('terms of what is encrypted', () => {
  it('cannot be told without the key, and are found after the key was changed', async () => {
    const { store, inner, keys, projector, hash } = await openProjected({ encryptPayloads: true })
    const old = await acceptTask(store, { facts: { customer: 'acme' } })
    await projector.projectAll()
    const stored = await blocksOf(inner)
    const known = new Set(decodeAll(stored))
    const numbers = (isSealed: boolean) => [
      ...hash.numbers(['fcustomer=acme', 'wacme', 'tpush'], isSealed),
    ]
    expect(numbers(true).every((number) => known.has(number))).toBe(true)
    expect(numbers(false).some((number) => known.has(number))).toBe(false)
    keys.rotate()
    const next = await acceptTask(store, { facts: { customer: 'acme' } })
    await projector.projectAll()
    expect(await taskIds(store, { facts: ['customer=acme'] })).toEqual([next, old])
    expect(await taskIds(store, { text: 'acme' })).toEqual([next, old])
  })
})

function rowsIn(folder: string): number {
  const database = new DatabaseSync(join(folder, 'hookline.db'), { readOnly: true })
  const count =
    'SELECT (SELECT count(*) FROM segments) + (SELECT count(*) FROM segment_blocks) AS n'
  const { n } = database.prepare(count).get() as { n: number }
  database.close()
  return n
}

async function blocksOf(store: StoreInstance) {
  const infos = await store.smallSegments(1_000_000)
  return Promise.all(infos.map(({ number }) => store.segment(number)))
}

function decodeAll(segments: Awaited<ReturnType<typeof blocksOf>>): readonly number[] {
  const terms: number[] = []
  const blocks = segments.flatMap((segment) => segment?.blocks ?? [])
  const reader = new BlocksReader(blocks.map(({ bytes }) => bytes))
  for (; Number.isFinite(reader.term); reader.next()) terms.push(reader.term)
  return terms
}
