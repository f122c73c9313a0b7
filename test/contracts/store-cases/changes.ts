import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StoreChange, StoreInstance } from '../../../core/index.ts'
import type { StoreCase } from './adapter.ts'
import { acceptTask, claimOne, makeEntry, makeSettlement } from './make-entry.ts'

const LIMIT_MS = 5_000
const STEP_MS = 10

/** What subscribers are told. */
export const changeCases: readonly StoreCase[] = [
  {
    title: 'tells of work when a task is accepted, handed back or retried',
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
    title: 'tells of each state of a task, of a wish to cancel and of output',
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
    title: 'tells only of what can be read already',
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
    title: 'tells nothing of a duplicate, and nothing after the end of a subscription',
    async check({ store }) {
      await store.accept(makeEntry({ senderId: 'one' }))
      await sleep(STEP_MS * 5)
      const changes: StoreChange[] = []
      const stop = store.subscribe((change) => changes.push(change))
      await store.accept(makeEntry({ senderId: 'one' }))
      await sleep(STEP_MS * 5)
      assert.deepEqual(changes, [])
      stop()
      await acceptTask(store)
      await sleep(STEP_MS * 5)
      assert.deepEqual(changes, [])
    },
  },
  {
    title: 'tells once of each collection that was written, and of a node told to drain',
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
        ...{ name: 'a', role: 'all', labels: [], version: '1', startedAt: 0, config: 'c' },
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
    title: 'tells all other listeners where one throws',
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

// Waits until a change is told; each telling counts once.
function listen(store: StoreInstance): (expected: StoreChange) => Promise<void> {
  const changes: string[] = []
  store.subscribe((change) => changes.push(JSON.stringify(sorted(change))))
  return async (expected) => {
    const text = JSON.stringify(sorted(expected))
    await until(() => changes.includes(text), `${text} was not told; told: ${changes.join(' ')}`)
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
