import { describe, expect, it } from 'vitest'
import { compileCondition } from '../../../core/conditions/condition.ts'
import { compilePolicyKey } from '../../../core/conditions/policy-key.ts'
import { policySchema } from '../../../core/config/schema/policy.ts'
import type { RunningRule } from '../../../core/contracts/config.ts'
import { planEvent, planEvents } from '../../../core/matching/plan-events.ts'
import { ReceivedDelivery } from '../../../core/matching/received-delivery.ts'
import { RuleIndex } from '../../../core/matching/rule-index.ts'

const RECEIVED_AT = Date.UTC(2026, 0, 2)

function delivery(): ReceivedDelivery {
  return new ReceivedDelivery({
    id: 'dlv_1',
    source: 'bell',
    method: 'POST',
    path: '/',
    headers: {},
    client: null,
    body: Buffer.from('{}'),
    publicUrl: 'http://localhost',
    receivedAt: new Date(RECEIVED_AT),
  })
}

function plan(policy: Parameters<typeof policySchema.parse>[0], branch: string | null) {
  const parsed = policySchema.parse(policy)
  const known = { facts: new Set(['branch']) }
  const rule: RunningRule = {
    id: 'deploy on bell',
    version: 'one',
    origin: { layer: 'config', file: null },
    on: 'bell',
    program: 'deploy',
    condition: null,
    answer: 'accepted',
    expect: null,
    report: null,
    approval: null,
    steps: [],
    policy: parsed,
    policyKey: parsed.key === null ? null : compilePolicyKey(parsed.key, known),
  }
  const event = { type: 'ring', id: null, facts: { branch }, payload: {} }
  const { tasks, decisions } = planEvent(delivery(), event, new RuleIndex([rule]))
  return { task: tasks[0], decision: decisions[0] }
}

describe('the task of a match', () => {
  it.each([
    [{}, { policyKey: null, priority: 0, replaces: 'none', dueAt: RECEIVED_AT }],
    [{ key: 'branch' }, { policyKey: 'main' }],
    [
      { pending: 'latest', priority: 7 },
      { replaces: 'waiting', priority: 7 },
    ],
    [
      { cancelRunning: true, key: 'branch' },
      { replaces: 'all', policyKey: 'main' },
    ],
    [{ debounceSeconds: 1.5 }, { replaces: 'waiting', dueAt: RECEIVED_AT + 1500 }],
  ])('is placed by %j', (policy, expected) => {
    const { task, decision } = plan(policy, 'main')
    expect(task).toMatchObject({ rule: 'deploy on bell', program: 'deploy', ...expected })
    expect(decision).toEqual({
      rule: 'deploy on bell',
      program: 'deploy',
      version: 'one',
      matched: true,
      taskId: task?.id,
    })
  })

  it('is made all the same where its key cannot be evaluated, and takes no place', () => {
    const { task, decision } = plan({ key: "branch + '!'", cancelRunning: true }, null)
    expect(task).toMatchObject({ policyKey: null, replaces: 'none' })
    expect(decision).toMatchObject({ matched: true, taskId: task?.id })
    expect(decision?.error).toMatch(/^The key cannot be evaluated: /)
  })

  it('sorts after the tasks made before it', () => {
    const ids = Array.from({ length: 100 }, () => plan({}, null).task?.id)
    expect(ids.toSorted()).toEqual(ids)
  })
})

describe('a batch of events with a costly condition', () => {
  it('lets the process do other work, and other rules run', async () => {
    const numbers = Array.from({ length: 2000 }, (_, index) => index)
    const rule = (id: string, text: string): RunningRule => ({
      id,
      version: 'one',
      origin: { layer: 'config', file: null },
      on: 'bell',
      program: 'deploy',
      condition: compileCondition(text, { facts: null }),
      answer: 'accepted',
      expect: null,
      report: null,
      approval: null,
      steps: [],
      policy: policySchema.parse({}),
      policyKey: null,
    })
    const rules = new RuleIndex([
      rule('costly', 'payload.all(a, payload.all(b, a >= 0))'),
      rule('plain', 'payload[0] == 0 && payload.exists(a, a == 20)'),
    ])
    const parsed = numbers
      .slice(0, 1000)
      .map(() => ({ type: 'ring', id: null, facts: {}, payload: numbers }))
    // Of the processor: a busy machine may leave the process waiting for longer.
    let longest = 0
    let last = process.cpuUsage()
    const timer = setInterval(() => {
      const { user, system } = process.cpuUsage(last)
      longest = Math.max(longest, (user + system) / 1000)
      last = process.cpuUsage()
    }, 1)
    const planned = await planEvents(delivery(), parsed, rules)
    clearInterval(timer)
    expect(longest).toBeGreaterThan(0)
    expect(longest).toBeLessThan(150)
    for (const { decisions, tasks } of planned) {
      expect(decisions[0]).toMatchObject({ matched: false, because: 'condition_too_costly' })
      expect(decisions[1]).toMatchObject({ rule: 'plain', matched: true })
      expect(tasks).toHaveLength(1)
    }
  })
})
