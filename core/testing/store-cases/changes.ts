import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StoreChange, StoreInstance } from '../../contracts/store.ts'
import type { StoreCase } from './adapter.ts'
import { acceptTask, claimOne, makeDelivery, makeEntry, makeSettlement } from './make-entry.ts'

const LIMIT_MS = 5_000
const STEP_MS = 10

/** Changes that subscribers receive. */
export const changeCases: readonly StoreCase[] = [
  {
    title: 'announces work when a task is accepted, handed back or retried',
    async check({ store }) {
      const heard = listen(store)
      const taskId = await acceptTask(store)
      await heard({ kind: 'work' })
      await heard({ kind: 'task', taskId, state: 'waiting' })
      const returned = { state: 'waiting', attempt: 'returned', exitCode: null } as const
      await store.settle((await claimOne(store)).lease, makeSettlement(returned))
      await heard({ kind: 'work' })
      await store.cancel(taskId)
      await store.retry(taskId)
      await heard({ kind: 'work' })
    },
  },
  {
    title: 'announces each delivery, whatever its outcome, also to other nodes',
    async check({ store, another }) {
      const heard = listen((await another?.()) ?? store)
      await store.accept({ delivery: makeDelivery(), events: [] })
      await heard({ kind: 'delivery' })
      await store.refuse(makeDelivery({ outcome: 'refused', reason: 'no signature' }))
      await heard({ kind: 'delivery' })
    },
  },
  {
    title: 'announces that something was projected',
    async check({ store, another }) {
      const heard = listen((await another?.()) ?? store)
      await acceptTask(store)
      await store.project(await store.unprojected(10))
      await heard({ kind: 'projected' })
    },
  },
  {
    title: 'announces each state of a task, requests to cancel and output',
    async check({ store }) {
      const heard = listen(store)
      const taskId = await acceptTask(store)
      await heard({ kind: 'task', taskId, state: 'waiting' })
      const { lease } = await claimOne(store)
      await heard({ kind: 'task', taskId, state: 'running' })
      await store.appendLog([{ taskId, attempt: 1, stream: 'stdout', at: 0, text: 'a' }])
      await heard({ kind: 'log', taskId })
      await store.cancel(taskId)
      await heard({ kind: 'cancel', taskId })
      const cancelled = { state: 'cancelled', attempt: 'cancelled', exitCode: null } as const
      await store.settle(lease, makeSettlement(cancelled))
      await heard({ kind: 'task', taskId, state: 'cancelled' })
    },
  },
  {
    title: 'announces only what can be read already',
    async check({ store }) {
      const read: Promise<unknown>[] = []
      store.subscribe((change) => {
        if (change.kind === 'task') read.push(store.task(change.taskId))
      })
      await acceptTask(store)
      await until(() => read.length > 0)
      assert.notEqual(await read[0], null)
    },
  },
  {
    title:
      'announces of a duplicate only its delivery, and nothing after the end of a subscription',
    async check({ store }) {
      await store.accept(makeEntry({ senderId: 'one' }))
      await sleep(STEP_MS * 5)
      const changes: StoreChange[] = []
      const stop = store.subscribe((change) => changes.push(change))
      await store.accept(makeEntry({ senderId: 'one' }))
      await sleep(STEP_MS * 5)
      assert.deepEqual(changes, [{ kind: 'delivery' }])
      stop()
      await acceptTask(store)
      await sleep(STEP_MS * 5)
      assert.equal(changes.length, 1)
    },
  },
  {
    title: 'announces once each collection that was written, and a node that is to drain',
    async check({ store, another }) {
      const heard = listen(store)
      const other = (await another?.()) ?? store
      const changes: StoreChange[] = []
      store.subscribe((change) => changes.push(change))
      const write = { collection: 'programs', value: '{}' }
      await other.writeDocuments(
        [
          { ...write, name: 'a' },
          { ...write, name: 'b' },
          { ...write, collection: 'rules', name: 'a' },
          { ...write, collection: 'untouched', name: 'a', value: null },
        ],
        null,
      )
      await other.writeDocuments([{ ...write, name: 'a', expect: null }], null)
      await other.announceNode({
        name: 'a',
        role: 'all',
        labels: [],
        version: '1',
        startedAt: 0,
        config: 'c',
      })
      await other.drainNode('a', true)
      await other.drainNode('nobody', true)
      await heard({ kind: 'documents', collection: 'programs' })
      await heard({ kind: 'documents', collection: 'rules' })
      await heard({ kind: 'node', name: 'a' })
      assert.equal(changes.length, 3)
    },
  },
  {
    title: 'calls all other listeners when one throws',
    async check({ store }) {
      store.subscribe(() => {
        throw new Error('This listener throws on purpose.')
      })
      const heard = listen(store)
      await acceptTask(store)
      await heard({ kind: 'work' })
    },
  },
]

// Waits until a change is announced. Each announcement counts once.
function listen(store: StoreInstance): (expected: StoreChange) => Promise<void> {
  const changes: string[] = []
  store.subscribe((change) => changes.push(JSON.stringify(sorted(change))))
  return async (expected) => {
    const text = JSON.stringify(sorted(expected))
    await until(
      () => changes.includes(text),
      `${text} was not announced, only: ${changes.join(' ')}`,
    )
    changes.splice(changes.indexOf(text), 1)
  }
}

function sorted(change: StoreChange): readonly (readonly [string, string])[] {
  return Object.entries(change).toSorted(([one], [other]) => one.localeCompare(other))
}

async function until(holds: () => boolean, message = 'It did not come to be.'): Promise<void> {
  for (let waited = 0; !holds(); waited += STEP_MS) {
    if (waited >= LIMIT_MS) assert.fail(message)
    await sleep(STEP_MS)
  }
}
