import { describe, expect, it } from 'vitest'
import { compileCondition } from '../../../../core/conditions/condition.ts'
import {
  draftCondition,
  ruleDraftPath,
} from '../../../../core/dashboard/pages/deliveries/rule-draft.ts'

const matches = (condition: string, facts: Readonly<Record<string, string>>) =>
  compileCondition(condition, { facts: null }).evaluate({
    ...{ id: 'evt_1', source: 'a', type: 'b', senderId: null, deliveryId: 'dlv_1' },
    ...{ receivedAt: new Date(0), facts, payload: {} },
  })

describe('a draft of a rule', () => {
  it.each([
    'main',
    "it's",
    'back\\slash',
    '"><img src=x onerror=alert(1)>',
    "' || true || '",
    'line\nbreak \u0001 \u2028 😀',
  ])('matches the event that it was made of, and no other: %j', (branch) => {
    const condition = draftCondition({ branch, repository: 'a/b', sender: 'mona', action: null })
    expect(matches(condition, { branch, repository: 'a/b' })).toBe(true)
    expect(matches(condition, { branch: `${branch}x`, repository: 'a/b' })).toBe(false)
    expect(matches(condition, { branch, repository: 'a/c' })).toBe(false)
  })

  it('leaves out what no condition should name', () => {
    expect(draftCondition({ branch: 'x'.repeat(300), tag: '\ud800', size: 1 })).toBe('')
  })

  it('leads to the page that makes rules', () => {
    const event = { id: 'evt_1', type: 'push', facts: { branch: 'main' } }
    expect(ruleDraftPath({ id: 'dlv_1', source: 'github' }, event)).toBe(
      '/configuration/rules/new?on=github.push&when=branch+%3D%3D+%27main%27&delivery=dlv_1&event=evt_1',
    )
  })
})
