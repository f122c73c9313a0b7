import { describe, expect, it } from 'vitest'
import { compilePolicyKey } from '../../../core/conditions/policy-key.ts'

const KNOWN = { facts: new Set(['repository', 'branch', 'number', 'draft', 'tag']) }

function evaluate(text: string, facts: Record<string, string | number | boolean | null> = {}) {
  return compilePolicyKey(text, KNOWN).evaluate({
    ...{ id: 'evt_1', source: 'github', type: 'push', senderId: null, deliveryId: 'dlv_1' },
    ...{ receivedAt: new Date(0), facts, payload: { id: 12, list: [1], text: 'private' } },
  })
}

describe('a policy key', () => {
  it.each([
    ["repository + '/' + branch", { repository: 'a/b', branch: 'main' }, 'a/b/main'],
    ['number', { number: 12 }, '12'],
    ['number', { number: 1.5 }, '1.5'],
    ['number > 10.0', { number: 12 }, 'true'],
    ['draft', { draft: false }, 'false'],
    ['payload.id', {}, '12'],
    ['uint(7)', {}, '7'],
    ['12', {}, '12'],
    ["''", {}, ''],
    ["branch == null ? 'none' : branch", { branch: null }, 'none'],
    ["branch + '\\u0000'", { branch: 'a' }, 'a\uFFFD'],
    ['branch', { branch: 'a\ud800' }, 'a\ufffd'],
  ])('%s of %j is %s', (text, facts, key) => {
    expect(evaluate(text, facts)).toBe(key)
  })

  it.each([
    ['branch', { branch: null }, 'gave no text, number or boolean'],
    ['payload.list', {}, 'gave no text, number or boolean'],
    ['event.receivedAt', {}, 'gave no text, number or boolean'],
    ["repository + '/' + branch", { repository: 'a', branch: null }, 'cannot be evaluated'],
    ['payload.text.missing', {}, 'cannot be evaluated'],
    ['branch', { branch: 'x'.repeat(501) }, 'has 501 characters, and at most 500'],
  ])('throws where %s of %j cannot be one', (text, facts, message) => {
    expect(() => evaluate(text, facts)).toThrow(message)
    expect(() => evaluate(text, facts)).not.toThrow('private')
  })

  it.each([
    ['branch +', 'condition_invalid'],
    ['[branch]', 'condition_invalid'],
    ["{'a': branch}", 'condition_invalid'],
    ['brunch', 'condition_unknown_name'],
  ])('does not compile %s', (text, code) => {
    expect(() => compilePolicyKey(text, KNOWN)).toThrow(expect.objectContaining({ code }))
  })
})
