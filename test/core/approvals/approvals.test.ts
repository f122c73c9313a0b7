import { describe, expect, it } from 'vitest'
import { Approvals } from '../../../core/approvals/approvals.ts'
import { mayDecide } from '../../../core/approvals/rule-approval.ts'
import { ConfigFolder, JSON_CONFIG } from '../config/config-folder.ts'
import { createOwnEvents } from '../own-events/create-own-events.ts'
import { addTask, createLogger, openStore } from '../work/setup.ts'

const HOUR = 3_600_000

const configWith = (rules: readonly object[]) =>
  new ConfigFolder({
    [JSON_CONFIG]: {
      sources: { github: { use: 'custom', options: { unverified: true } } },
      programs: { tell: { use: 'subprocess', options: { command: ['true'] } } },
      rules: [{ name: 'rule', on: 'github', run: 'tell', approval: { by: ['ada'] } }, ...rules],
    },
  }).load()

async function setUp(rules: readonly object[] = [{ on: 'hookline.task', run: 'tell' }]) {
  const { store, time } = await openStore()
  const logger = createLogger()
  const config = await configWith(rules)
  const create = (nodeName: string) => {
    const clock = () => Date.now() + time.aheadMs
    const ownEvents = createOwnEvents({ config, store, logger })
    return new Approvals({ config: () => config, store, ownEvents, nodeName, logger, clock })
  }
  const events = async () => {
    const { items } = await store.deliveries({ source: 'hookline', limit: 100 })
    const all = await Promise.all(items.toReversed().map(({ id }) => store.events(id)))
    return all
      .flat()
      .map(({ type, facts }) => [type, facts['task'], facts['decision'] ?? facts['by']])
  }
  const add = () => addTask(store, 'tell', { approvalMs: HOUR })
  return { store, time, create, events, add, logger }
}

describe('the wait for an approval', () => {
  it('has one event when it begins, whichever node looks and however often', async () => {
    const { create, events, add } = await setUp()
    const [one, other] = [create('one'), create('other')]
    const first = await add()
    await one.look()
    await Promise.all([one.look(), other.look()])
    const second = await add()
    await other.look()
    await one.look()
    // A node that was restarted knows of none.
    await create('one').look()
    expect(await events()).toEqual([
      ['task.approval_requested', first, 'ada'],
      ['task.approval_requested', second, 'ada'],
    ])
  })

  it('ends with its time: the task is cancelled once, with an event', async () => {
    const { store, time, create, events, add } = await setUp()
    const [one, other] = [create('one'), create('other')]
    const id = await add()
    await one.look()
    time.aheadMs = HOUR - 60_000
    await one.look()
    expect((await store.task(id))?.state).toBe('waiting')
    time.aheadMs = HOUR + 1000
    await Promise.all([one.look(), other.look()])
    const task = await store.task(id)
    expect([task?.state, task?.reason]).toEqual(['cancelled', 'nobody approved it within 3600 s'])
    expect(task?.approval?.state).toBe('expired')
    await one.look()
    expect(await events()).toEqual([
      ['task.approval_requested', id, 'ada'],
      ['task.approval_ended', id, 'expired'],
    ])
  })

  it('is nobody else’s business where no rule wants the events', async () => {
    const { create, events, add, logger } = await setUp([])
    await add()
    await create('one').look()
    expect(await events()).toEqual([])
    expect(logger.lines.filter(({ level }) => level !== 'debug')).toEqual([])
  })
})

describe('who may approve', () => {
  const rule = (...by: string[]) => ({ by, timeoutMs: HOUR, link: false })
  const token = (name: string, role: 'viewer' | 'operator' | 'admin') => {
    return { name, role, via: 'token' as const }
  }

  it.each([
    [rule('operator'), token('bob', 'operator'), true],
    [rule('operator'), token('bob', 'admin'), true],
    [rule('operator'), token('bob', 'viewer'), false],
    [rule('ada'), token('ada', 'viewer'), true],
    [rule('ada'), token('bob', 'admin'), false],
    [rule('admin'), token('admin', 'viewer'), false],
  ])('%j: %j is told %s', (given, caller, expected) => {
    expect(mayDecide(given, caller)).toBe(expected)
  })
})
