import assert from 'node:assert/strict'
import type { NodeStatus } from '../../contracts/node-registry.ts'
import type { StoreCase } from './adapter.ts'
import { acceptTask, claim, letLeaseRunOut, makeSettlement } from './make-entry.ts'

const HOUR_MS = 3_600_000

/** How nodes find each other. */
export const nodeCases: readonly StoreCase[] = [
  {
    title: 'shows nodes as they last announced themselves, in order of name',
    async check({ store, now, advance }) {
      assert.deepEqual(await store.nodes(), [])
      assert.deepEqual(await store.announceNode(makeNode('b')), { draining: false })
      await store.announceNode(makeNode('a', { role: 'receive', labels: [] }))
      await advance(60_000)
      const changed = makeNode('b', { labels: ['gpu', 'ä'], config: 'c2', startedAt: 7 })
      const before = now()
      await store.announceNode(changed)
      const [first, second, ...more] = await store.nodes()
      assert.deepEqual(more, [])
      assert(first && second)
      assert.equal(first.name, 'a')
      assert.deepEqual(second, { ...changed, ...NEW, seenAt: second.seenAt })
      assert(second.seenAt >= Math.trunc(before) && second.seenAt <= now())
      assert(first.seenAt <= second.seenAt - 60_000)
    },
  },
  {
    title: 'forgets a node that was removed, or that was not seen for an hour',
    async check({ store, advance }) {
      await store.announceNode(makeNode('a'))
      await store.announceNode(makeNode('b'))
      await store.removeNode('a')
      await store.removeNode('never there')
      assert.deepEqual(await names(store), ['b'])
      await advance(HOUR_MS - 60_000)
      await store.announceNode(makeNode('c'))
      assert.deepEqual(await names(store), ['b', 'c'])
      await advance(120_000)
      assert.deepEqual(await names(store), ['c'])
      assert.equal(await store.drainNode('b', true), false)
      await store.announceNode(makeNode('b'))
      assert.deepEqual(await names(store), ['b', 'c'])
    },
  },
  {
    title: 'tells a node to drain at its next heartbeat, until that is revoked',
    async check({ store }) {
      await store.announceNode(makeNode('a'))
      await store.announceNode(makeNode('b'))
      assert.equal(await store.drainNode('a', true), true)
      assert.deepEqual(await store.announceNode(makeNode('a')), { draining: true })
      assert.deepEqual(await store.announceNode(makeNode('b')), { draining: false })
      assert.deepEqual(
        (await store.nodes()).map(({ draining }) => draining),
        [true, false],
      )
      assert.equal(await store.drainNode('a', false), true)
      assert.deepEqual(await store.announceNode(makeNode('a')), { draining: false })
      assert.equal(await store.drainNode('c', true), false)
      assert.deepEqual(await names(store), ['a', 'b'])
    },
  },
  {
    title: 'lets a node drain across a restart, and forgets that when the node is removed',
    async check({ store, reopen }) {
      await store.announceNode(makeNode('a'))
      await store.drainNode('a', true)
      const again = await reopen()
      assert.deepEqual(await again.announceNode(makeNode('a', { startedAt: 9 })), {
        draining: true,
      })
      await again.removeNode('a')
      assert.deepEqual(await again.announceNode(makeNode('a')), { draining: false })
    },
  },
  {
    title: 'counts the tasks that a node holds leases of',
    async check(tested) {
      const { store } = tested
      for (const name of ['a', 'b']) await store.announceNode(makeNode(name))
      for (let index = 0; index < 4; index++) await acceptTask(store)
      const claims = await claim(store, { node: 'a', limit: 3 })
      await claim(store, { node: 'not announced', limit: 1 })
      const [first] = claims
      assert(first)
      await store.settle(first.lease, makeSettlement())
      const running = async () =>
        (await store.nodes()).map((node): [string, number] => [node.name, node.running])
      assert.deepEqual(await running(), [
        ['a', 2],
        ['b', 0],
      ])
      await letLeaseRunOut(tested)
      assert.deepEqual(await running(), [
        ['a', 0],
        ['b', 0],
      ])
    },
  },
]

const NEW = { draining: false, running: 0 }

function makeNode(name: string, fields: Partial<NodeStatus> = {}): NodeStatus {
  return {
    name,
    role: 'all',
    labels: ['linux'],
    version: '1.0.0',
    startedAt: 1_700_000_000_000,
    config: 'c1',
    ...fields,
  }
}

async function names(store: { nodes(): Promise<readonly { name: string }[]> }): Promise<string[]> {
  return (await store.nodes()).map(({ name }) => name)
}
