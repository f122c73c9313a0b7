import assert from 'node:assert/strict'
import type {
  DeliveryFilter,
  DeliveryRecord,
  Page,
  StoreInstance,
  TaskFilter,
} from '../../contracts/store.ts'
import type { TaskRecord } from '../../contracts/task.ts'
import { createId } from '../../kit/id.ts'
import type { StoreCase } from './adapter.ts'
import { claim, makeDelivery, makeEntry, makeEvent, makeSettlement } from './make-entry.ts'

/** Lists, their filters and pages. */
export const listCases: readonly StoreCase[] = [
  {
    title: 'lists tasks newest first, in pages without gaps or repeats',
    async check({ store }) {
      const ids = await acceptMany(store, 25)
      const first = await store.tasks({ limit: 10 })
      assert.deepEqual(idsOf(first), ids.slice(0, 10))
      assert.equal(typeof first.next, 'string')
      const listed = await allPages((after) => store.tasks({ limit: 10, ...after }))
      assert.deepEqual(listed, ids)
    },
  },
  {
    title: 'ends a list after a full last page, and an empty list',
    async check({ store }) {
      assert.deepEqual(await store.tasks({ limit: 10 }), { items: [], next: null })
      assert.deepEqual(await store.deliveries({ limit: 10 }), { items: [], next: null })
      await acceptMany(store, 10)
      assert.equal((await store.tasks({ limit: 10 })).next, null)
      assert.equal((await store.deliveries({ limit: 10 })).next, null)
    },
  },
  {
    title: 'filters tasks by each field, and by several',
    async check({ store }) {
      await store.accept(makeEntry({ programs: ['build', 'deploy'] }, { source: 'github' }))
      const entry = makeEntry({ programs: ['deploy'] }, { source: 'gitlab' })
      await store.accept(entry)
      const [claimed] = await claim(store, { programs: ['build'] })
      assert(claimed)
      await store.settle(claimed.lease, makeSettlement())
      const filters: readonly (readonly [Partial<TaskFilter>, number])[] = [
        [{}, 3],
        [{ state: 'waiting' }, 2],
        [{ state: 'succeeded' }, 1],
        [{ state: 'dead' }, 0],
        [{ program: 'deploy' }, 2],
        [{ rule: 'rule-build' }, 1],
        [{ source: 'github' }, 2],
        [{ deliveryId: entry.delivery.id }, 1],
        [{ program: 'deploy', source: 'github' }, 1],
        [{ state: 'succeeded', program: 'deploy' }, 0],
        [{ state: 'succeeded', program: 'build', source: 'github', rule: 'rule-build' }, 1],
      ]
      for (const [filter, count] of filters) {
        const { items } = await store.tasks({ limit: 10, ...filter })
        assert.equal(items.length, count, JSON.stringify(filter))
      }
    },
  },
  {
    title: 'outlines deliveries: their first events and tasks',
    async check({ store }) {
      const one = makeEntry({ programs: ['build', 'deploy'] })
      const facts = { branch: 'main', size: 12, id: 12345678901234567890n, tag: null }
      const many = Array.from({ length: 5 }, () => makeEvent({ programs: ['build'], facts }))
      const batch = { delivery: makeDelivery(), events: many }
      await store.accept(one)
      await store.accept(batch)
      const ids = [batch.delivery.id, 'dlv_none', one.delivery.id]
      const outlines = await store.outlines(ids, 3)
      const outlineOf = (id: string) => outlines.find(({ deliveryId }) => deliveryId === id)
      assert.equal(outlines.length, 2)
      const found = outlineOf(batch.delivery.id)
      const expected = many.slice(0, 3)
      assert.deepEqual(
        found?.events,
        expected.map(({ id, type }) => ({ id, type, facts })),
      )
      assert.deepEqual(
        found?.tasks.map(({ id }) => id),
        expected.flatMap(({ tasks }) => tasks.map(({ id }) => id)),
      )
      const { tasks = [] } = outlineOf(one.delivery.id) ?? {}
      assert.deepEqual(tasks.map(({ program, state }) => [program, state]).toSorted(), [
        ['build', 'waiting'],
        ['deploy', 'waiting'],
      ])
      assert.deepEqual(await store.outlines([], 3), [])
    },
  },
  {
    title: 'lists any combination of filters like a list that is filtered afterwards',
    async check({ store }) {
      const names = ['a', 'b', 'c']
      for (const [index, source] of [...names, ...names].entries()) {
        const programs = names.slice(index % 2)
        await store.accept(makeEntry({ programs }, { source }))
      }
      for (const program of ['a', 'b', 'a', 'c']) {
        const claimed = await claim(store, { programs: [program], limit: 1 })
        assert(claimed[0])
        if (program !== 'c') await store.settle(claimed[0].lease, makeSettlement())
      }
      const all = (await store.tasks({ limit: 200 })).items
      const choices: readonly Partial<TaskFilter>[] = ['state', 'rule', 'program', 'source'].reduce<
        readonly Partial<TaskFilter>[]
      >(
        (filters, key) => {
          const values = [
            ...new Set(all.map((task) => task[key as keyof TaskFilter & keyof TaskRecord])),
          ]
          return filters.flatMap((filter) => [
            filter,
            ...[...values, 'none'].map((value) => ({ ...filter, [key]: value })),
          ])
        },
        [{}],
      )
      for (const filter of choices) {
        const expected = all.filter((task) =>
          Object.entries(filter).every(([key, value]) => task[key as keyof TaskRecord] === value),
        )
        const listed = await allPages((after) => store.tasks({ limit: 3, ...filter, ...after }))
        assert.deepEqual(
          listed,
          expected.map(({ id }) => id),
          JSON.stringify(filter),
        )
      }
    },
  },
  {
    title: 'pages through a filtered list',
    async check({ store }) {
      const ids = await acceptMany(store, 9)
      await acceptMany(store, 9, { source: 'other' })
      const listed = await allPages((after) =>
        store.tasks({ limit: 4, source: 'github', ...after }),
      )
      assert.deepEqual(listed, ids)
    },
  },
  {
    title: 'lists what was created in a span of time, alone and within other filters',
    async check({ store }) {
      const ids = await acceptMany(store, 9)
      const at = (id = '') => timeOfId(id)
      const since = at(ids[6])
      const until = at(ids[2])
      const within = ids.slice(3, 7)
      for (const filter of [{}, { source: 'github' }, { state: 'waiting' }] as const) {
        const span = { ...filter, since, until }
        assert.deepEqual(idsOf(await store.tasks({ ...span, limit: 10 })), within)
        const listed = await allPages((after) => store.tasks({ ...span, limit: 2, ...after }))
        assert.deepEqual(listed, within)
        assert.equal((await store.tasks({ ...filter, since: at(ids[0]) + 1, limit: 9 })).next, null)
      }
      const deliveries = (await store.deliveries({ limit: 10 })).items
      const last = deliveries[0]?.receivedAt ?? 0
      for (const filter of [{}, { outcome: 'accepted' }] as const) {
        const span = { since: last - 3, until: last }
        const { items } = await store.deliveries({ ...filter, ...span, limit: 10 })
        assert.deepEqual(items, deliveries.slice(1, 4))
        const empty = { since: span.until, until: span.until }
        assert.deepEqual((await store.deliveries({ ...filter, ...empty, limit: 10 })).items, [])
      }
    },
  },
  {
    title: 'counts tasks by state',
    async check({ store }) {
      await acceptMany(store, 5)
      const none = { waiting: 0, running: 0, succeeded: 0, dead: 0, cancelled: 0 }
      assert.deepEqual(await store.countTasks(), { ...none, waiting: 5 })
      const [first, second, third] = await claim(store, { limit: 3 })
      assert(first && second && third)
      await store.settle(first.lease, makeSettlement())
      await store.settle(second.lease, makeSettlement({ state: 'dead', attempt: 'failed' }))
      await store.cancel((await store.tasks({ state: 'waiting', limit: 1 })).items[0]?.id ?? '')
      assert.deepEqual(await store.countTasks(), {
        waiting: 1,
        running: 1,
        succeeded: 1,
        dead: 1,
        cancelled: 1,
      })
    },
  },
  {
    title: 'lists deliveries with the size of the body instead of the body',
    async check({ store }) {
      const delivery = makeDelivery({ body: Buffer.from('{"ä":1}') })
      await store.accept({ delivery, events: [] })
      const { items } = await store.deliveries({ limit: 10 })
      const { body, ...rest } = delivery
      assert.deepEqual(items, [{ ...rest, bodyBytes: body.byteLength }])
    },
  },
  {
    title: 'lists the deliveries that have a dead task now, once each',
    async check({ store }) {
      const programs = ['build', 'deploy']
      const start = Date.now() - 1000
      for (const [index, source] of ['github', 'gitlab', 'github', 'github'].entries()) {
        await store.accept(makeEntry({ programs }, { source, receivedAt: start + index }))
      }
      const [fourth, third, second, first] = (await store.deliveries({ limit: 9 })).items
      assert(first && second && third && fourth)
      const find = (filter: Partial<DeliveryFilter>) =>
        allPages((after) => store.deliveries({ state: 'dead', limit: 1, ...filter, ...after }))
      assert.deepEqual(await find({}), [])
      const claimed = await claim(store, { limit: 8, programs })
      for (const { lease, task } of claimed) {
        const dead = task.deliveryId !== third.id && makeSettlement({ state: 'dead' })
        await store.settle(lease, dead || makeSettlement())
      }
      assert.deepEqual(await find({}), [fourth.id, second.id, first.id])
      assert.deepEqual(await find({ source: 'github', outcome: 'accepted' }), [fourth.id, first.id])
      assert.deepEqual(await find({ outcome: 'refused' }), [])
      assert.deepEqual(await find({ after: fourth.id, since: second.receivedAt }), [second.id])
      for (const { id } of (await store.tasks({ deliveryId: second.id, limit: 9 })).items) {
        await store.retry(id)
      }
      assert.deepEqual(await find({}), [fourth.id, first.id])
    },
  },
  {
    title: 'filters deliveries by source and outcome',
    async check({ store }) {
      await store.accept(makeEntry({ senderId: 'one' }))
      await store.accept(makeEntry({ senderId: 'one' }))
      await store.refuse(makeDelivery({ outcome: 'refused', source: 'gitlab', reason: 'no' }))
      await store.refuse(makeDelivery({ outcome: 'refused', reason: 'no' }))
      const filters = [
        [{}, ['refused', 'refused', 'duplicate', 'accepted']],
        [{ source: 'github' }, ['refused', 'duplicate', 'accepted']],
        [{ outcome: 'refused' }, ['refused', 'refused']],
        [{ outcome: 'duplicate' }, ['duplicate']],
        [{ outcome: 'accepted' }, ['accepted']],
        [{ outcome: 'refused', source: 'gitlab' }, ['refused']],
      ] as const
      for (const [filter, outcomes] of filters) {
        const { items } = await store.deliveries({ limit: 10, ...filter })
        const found = items.map(({ outcome }) => outcome)
        assert.deepEqual(found.toSorted(), outcomes.toSorted(), JSON.stringify(filter))
      }
    },
  },
]

// Newest first. Their times differ, so that the order is known.
async function acceptMany(
  store: StoreInstance,
  count: number,
  fields: Partial<DeliveryRecord> = {},
): Promise<string[]> {
  const start = Date.now()
  const entries = Array.from({ length: count }, (_, index) => {
    const event = makeEvent()
    const id = createId('tsk', start + index)
    const tasks = event.tasks.map((task) => ({ ...task, id }))
    const delivery = makeDelivery({ receivedAt: start + index, ...fields })
    return { delivery, events: [{ ...event, tasks }] }
  })
  await Promise.all(entries.map((entry) => store.accept(entry)))
  return entries.map(({ events }) => events[0]?.tasks[0]?.id ?? '').toReversed()
}

/** The time that an id has. */
export function timeOfId(id: string): number {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
  return [...id.slice(4, 14)].reduce((time, digit) => time * 32 + alphabet.indexOf(digit), 0)
}

/** The ids of all pages of a list. */
export async function allPages(
  read: (after: { readonly after?: string }) => Promise<Page<{ readonly id: string }>>,
): Promise<string[]> {
  const ids: string[] = []
  let after = null as string | null
  do {
    const page: Page<{ readonly id: string }> = await read(after === null ? {} : { after })
    ids.push(...idsOf(page))
    assert.ok(page.next === null || after === null || page.next < after, 'the list goes on')
    after = page.next
  } while (after !== null)
  return ids
}

export function idsOf({ items }: Page<{ readonly id: string }>): string[] {
  return items.map(({ id }) => id)
}
