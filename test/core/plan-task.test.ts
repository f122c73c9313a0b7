import { describe, expect, it } from 'vitest'
import { policySchema } from '../../core/config/policy-schema.ts'
import type { RunningRule } from '../../core/contracts/config.ts'
import { compilePolicyKey } from '../../core/kit/policy-key.ts'
import { RuleIndex } from '../../core/receive/match.ts'
import { planEvent } from '../../core/receive/plan.ts'
import { ReceivedDelivery } from '../../core/receive/received-delivery.ts'

const RECEIVED_AT = Date.UTC(2026, 0, 2)

function plan(policy: Parameters<typeof policySchema.parse>[0], branch: string | null) {
  const parsed = policySchema.parse(policy)
  const known = { facts: new Set(['branch']) }
  const rule: RunningRule = {
    id: 'deploy on bell',
    origin: { layer: 'config', file: null },
    on: 'bell',
    program: 'deploy',
    condition: null,
    answer: 'accepted',
    policy: parsed,
    policyKey: parsed.key === null ? null : compilePolicyKey(parsed.key, known),
  }
  const delivery = new ReceivedDelivery({
    ...{ id: 'dlv_1', source: 'bell', method: 'POST', path: '/', headers: {}, client: null },
    ...{ body: Buffer.from('{}'), publicUrl: 'http://localhost' },
    receivedAt: new Date(RECEIVED_AT),
  })
  const event = { type: 'ring', id: null, facts: { branch }, payload: {} }
  const { tasks, decisions } = planEvent(delivery, event, new RuleIndex([rule]))
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
      ...{ rule: 'deploy on bell', program: 'deploy', matched: true, taskId: task?.id },
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
