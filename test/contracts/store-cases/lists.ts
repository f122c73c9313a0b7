import assert from 'node:assert/strict'
import type { DeliveryRecord, Page, StoreInstance, TaskFilter } from '../../../core/index.ts'
import { createId } from '../../../core/index.ts'
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
    title: 'ends a list whose last page is full, and an empty one',
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
    title: 'lists deliveries with the size of their bodies instead of them',
    async check({ store }) {
      const delivery = makeDelivery({ body: Buffer.from('{"ä":1}') })
      await store.accept({ delivery, events: [] })
      const { items } = await store.deliveries({ limit: 10 })
      const { body, ...rest } = delivery
      assert.deepEqual(items, [{ ...rest, bodyBytes: body.byteLength }])
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

// Newest first, with times apart so that the order is known.
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

async function allPages(
  read: (after: { readonly after?: string }) => Promise<Page<{ readonly id: string }>>,
): Promise<string[]> {
  const ids: string[] = []
  let after: string | null = null
  do {
    const page: Page<{ readonly id: string }> = await read(after === null ? {} : { after })
    ids.push(...idsOf(page))
    after = page.next
  } while (after !== null)
  return ids
}

function idsOf({ items }: Page<{ readonly id: string }>): string[] {
  return items.map(({ id }) => id)
}
