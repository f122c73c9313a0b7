import { describe, expect, it, onTestFinished } from 'vitest'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import { Heartbeat } from '../../../core/work/heartbeat.ts'
import { Roster, UnservedWatch } from '../../../core/work/roster.ts'
import { createConfig, createLogger, storeForEach, until } from './setup.ts'

const SUCCEED = { run: async () => ({ status: 'succeeded' }) as const }
const PROGRAMS = { say: SUCCEED, train: { ...SUCCEED, settings: { runsOn: ['gpu'] } } }
/** Beats come so fast. */
const LEASE_SECONDS = 0.06

const opened = storeForEach()

interface Given {
  readonly labels?: readonly string[]
  readonly role?: 'all' | 'receive' | 'work'
  /** Calls of the store that go another way. */
  readonly store?: Partial<StoreInstance>
  readonly leaseSeconds?: number
}

async function beat(name: string, { labels = [], role = 'all', store, leaseSeconds }: Given = {}) {
  const node = { labels, leaseSeconds: leaseSeconds ?? LEASE_SECONDS }
  const config = { ...createConfig(PROGRAMS, node), version: 'v1' }
  const logger = createLogger()
  const drained: boolean[] = []
  const heartbeat = new Heartbeat({
    store: { ...opened.store, ...store },
    config: () => config,
    nodeName: name,
    role,
    logger,
    onDraining: (draining) => drained.push(draining),
  })
  onTestFinished(() => heartbeat.stop())
  await heartbeat.start()
  const logged = () => logger.lines.map(({ message }) => message)
  return { heartbeat, drained, logged, logger }
}

function rosterOf(leaseSeconds = 30): Roster {
  const config = createConfig(PROGRAMS, { leaseSeconds })
  return new Roster({ store: opened.store, config: () => config })
}

describe('a heartbeat', () => {
  it('tells of the node until it stops', async () => {
    const { heartbeat } = await beat('a', { labels: ['gpu'], role: 'work' })
    const [first] = await opened.store.nodes()
    const said = { name: 'a', role: 'work', labels: ['gpu'], config: 'v1' }
    expect(first).toMatchObject({ ...said, draining: false, running: 0 })
    expect(first?.version).toMatch(/^\d+\.\d+\.\d+/)
    await until(async () => {
      const [now] = await opened.store.nodes()
      return now !== undefined && now.seenAt > (first?.seenAt ?? 0)
    })
    await heartbeat.stop()
    expect(await opened.store.nodes()).toEqual([])
  })

  it('learns at once that its node is to drain', async () => {
    // The next beat of its own would be in 20 minutes.
    const { heartbeat, drained } = await beat('a', { leaseSeconds: 3600 })
    await beat('b', { leaseSeconds: 3600 })
    expect(drained).toEqual([false])
    expect(await opened.store.drainNode('b', true)).toBe(true)
    expect(await opened.store.drainNode('a', true)).toBe(true)
    await until(() => heartbeat.draining)
    await opened.store.drainNode('a', false)
    await until(() => !heartbeat.draining)
    expect(drained).toEqual([false, true, false])
  })

  it('takes nothing down where the store fails, and says so once', async () => {
    let fails = true
    const calls: string[] = []
    const store: Partial<StoreInstance> = {
      announceNode: async (status) => {
        calls.push(status.name)
        if (fails) throw new Error('no route to host')
        return opened.store.announceNode(status)
      },
    }
    const { logged, logger } = await beat('a', { store })
    await until(() => calls.length >= 3)
    expect(logged()).toEqual(['the other nodes could not be told of this one'])
    expect(logger.lines[0]).toMatchObject({ level: 'warn', fields: { err: { name: 'Error' } } })
    fails = false
    await until(() => logged().includes('the other nodes see this one again'))
    expect(await opened.store.nodes()).toMatchObject([{ name: 'a' }])
  })

  it('waits for no answer for long', { timeout: 30_000 }, async () => {
    const hangs = new Promise<never>(() => {})
    const store = { announceNode: () => hangs, removeNode: () => hangs }
    const { heartbeat, logger } = await beat('a', { store })
    expect(logger.lines).toMatchObject([{ fields: { err: { message: 'no answer within 5 s' } } }])
    await heartbeat.stop()
  })

  it('says where two nodes have one name', async () => {
    const one = await beat('a')
    await new Promise((resolve) => setTimeout(resolve, 2))
    const other = await beat('a')
    const message = 'another node has the same name: give each its own by `node.name`'
    await until(() => one.logged().includes(message) && other.logged().includes(message))
    expect(one.logged().filter((each) => each === message)).toHaveLength(1)
  })

  it('does not take an earlier run of the node for another', async () => {
    const leftBehind = { role: 'all', labels: [], version: '0', startedAt: 1, config: '' } as const
    await opened.store.announceNode({ name: 'a', ...leftBehind })
    const { logged } = await beat('a')
    const { seenAt = 0 } = (await opened.store.nodes())[0] ?? {}
    await until(async () => ((await opened.store.nodes())[0]?.seenAt ?? 0) > seenAt + 50)
    await until(() => logged().length > 0)
    expect(logged()).toEqual(['no live node runs these programs: tasks wait'])
  })
})

describe('who is live', () => {
  const status = { role: 'all', labels: [], version: '1', startedAt: 1, config: '' } as const

  it('is judged by the clock of the store, however wrong it is', async () => {
    opened.time.aheadMs = -86_400_000
    await opened.store.announceNode({ name: 'old', ...status })
    opened.time.aheadMs += 31_000
    await opened.store.announceNode({ name: 'new', ...status })
    const nodes = await rosterOf(30).nodes()
    expect(nodes.map(({ name, live }) => [name, live])).toEqual([
      ['new', true],
      ['old', false],
    ])
  })

  it.each<[string, Partial<Parameters<StoreInstance['announceNode']>[0]>, boolean, string[]]>([
    ['no labels', {}, false, ['train']],
    ['the label', { labels: ['eu', 'gpu'] }, false, []],
    ['only the role of receiving', { labels: ['gpu'], role: 'receive' }, false, ['say', 'train']],
    ['the role of working', { labels: ['gpu'], role: 'work' }, false, []],
    ['been told to drain', { labels: ['gpu'] }, true, ['say', 'train']],
  ])('decides what no node runs, where the only one has %s', async (_name, has, drains, rest) => {
    await opened.store.announceNode({ name: 'a', ...status, ...has })
    if (drains) await opened.store.drainNode('a', true)
    const roster = rosterOf()
    expect((await roster.unserved()).map(({ program }) => program)).toEqual(rest)
    const awaited = await roster.awaited()
    expect(awaited.get('train') ?? null).toEqual(rest.includes('train') ? ['gpu'] : null)
    expect(awaited.get('say') ?? null).toEqual(rest.includes('say') ? [] : null)
  })

  it('decides nothing where no node is listed', async () => {
    expect(await rosterOf().unserved()).toEqual([])
  })

  it('is warned of where it lasts, once, and when it is over', async () => {
    const logger = createLogger()
    const watch = new UnservedWatch(rosterOf(), logger)
    await opened.store.announceNode({ name: 'a', ...status })
    await watch.look()
    expect(logger.lines).toEqual([])
    await watch.look()
    await watch.look()
    expect(logger.lines).toMatchObject([
      { level: 'warn', fields: { programs: [{ program: 'train', runsOn: ['gpu'] }] } },
    ])
    await opened.store.announceNode({ name: 'b', ...status, labels: ['gpu'] })
    await watch.look()
    expect(logger.lines.at(-1)).toMatchObject({ message: 'live nodes run every program again' })
    await watch.look()
    expect(logger.lines).toHaveLength(2)
  })
})
