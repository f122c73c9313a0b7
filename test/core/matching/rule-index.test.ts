import { describe, expect, it } from 'vitest'
import { policySchema } from '../../../core/config/schema/policy.ts'
import type { Condition, RunningRule } from '../../../core/contracts/config.ts'
import { RuleIndex } from '../../../core/matching/rule-index.ts'
import { maskHeaders, maskPath } from '../../../core/redaction/mask-headers.ts'

const rule = (on: string, condition: Condition | null = null): RunningRule => ({
  id: `rule of ${on}`,
  version: 'one',
  origin: { layer: 'config', file: null },
  on,
  program: 'deploy',
  condition,
  answer: 'accepted',
  expect: null,
  report: null,
  approval: null,
  steps: [],
  policyKey: null,
  policy: policySchema.parse({}),
})

describe('RuleIndex', () => {
  it.each([
    { on: 'github', type: 'push', covers: true },
    { on: 'github.push', type: 'push', covers: true },
    { on: 'github.push', type: 'pushed', covers: false },
    { on: 'github.pull_request', type: 'pull_request', covers: true },
    { on: 'github.pull_request', type: 'pull_request.opened', covers: true },
    { on: 'github.pull_request', type: 'pull_request.opened.twice', covers: true },
    { on: 'github.pull_request', type: 'pull_request_review', covers: false },
    { on: 'github.pull_request', type: 'pull_request_review.submitted', covers: false },
    { on: 'github.pull_request.opened', type: 'pull_request', covers: false },
    { on: 'github.pull_request.opened', type: 'pull_request.closed', covers: false },
    { on: 'git', type: 'hub.push', covers: false },
    { on: 'gitlab', type: 'push', covers: false },
  ])('$on covers github $type: $covers', ({ on, type, covers }) => {
    const found = new RuleIndex([rule(on)]).candidates('github', type)
    expect(found.length).toBe(covers ? 1 : 0)
  })

  it('keeps the order of the config, whatever the depth', () => {
    const rules = [rule('a.b.c'), rule('x'), rule('a'), rule('a.b')]
    const found = new RuleIndex(rules).candidates('a', 'b.c')
    expect(found.map((entry) => entry.on)).toEqual(['a.b.c', 'a', 'a.b'])
  })

  it.each([
    { text: "request.query.env == 'prod'", reads: true },
    { text: '[function]', reads: true },
    { text: "branch == 'main'", reads: false },
  ])('reads the request for $text: $reads', ({ text, reads }) => {
    const condition = { text, evaluate: () => true }
    const policyKey = { text, evaluate: () => '' }
    expect(new RuleIndex([rule('a'), rule('b', condition)]).readsRequest).toBe(reads)
    expect(new RuleIndex([{ ...rule('a'), policyKey }]).readsRequest).toBe(reads)
  })

  it('records a condition that fails instead of losing the event', () => {
    const failing: Condition = {
      text: 'payload.a.b',
      evaluate: () => {
        throw new Error('No such key: a\n  payload.a.b')
      },
    }
    const rules = [
      rule('a', failing),
      rule('a.b', { text: 'false', evaluate: () => false }),
      rule('a.b', null),
    ]
    const matches = new RuleIndex(rules).match({
      id: 'evt_1',
      source: 'a',
      type: 'b',
      senderId: null,
      deliveryId: 'dlv_1',
      receivedAt: new Date(0),
      facts: {},
      payload: {},
    })
    const decided = { program: 'deploy', version: 'one' }
    expect(matches.map((match) => match.decision)).toEqual([
      {
        ...decided,
        rule: 'rule of a',
        matched: false,
        because: 'condition_error',
        error: 'No such key: a',
      },
      { ...decided, rule: 'rule of a.b', matched: false, because: 'condition_false' },
      { ...decided, rule: 'rule of a.b', matched: true },
    ])
  })
})

describe('what is stored of a request', () => {
  it('masks headers that carry secrets, always or by the source', () => {
    const masked = maskHeaders(
      {
        authorization: 'Bearer abc',
        cookie: 'a=b',
        'x-gitlab-token': 'abc',
        'x-other': 'kept',
        gone: undefined,
      },
      ['x-gitlab-token'],
    )
    expect(masked).toEqual({
      authorization: '[redacted]',
      cookie: '[redacted]',
      'x-gitlab-token': '[redacted]',
      'x-other': 'kept',
    })
  })

  it.each([
    ['/api/webhooks/a', '/api/webhooks/a'],
    ['/a?access_token=abc&b=c', '/a?access_token=[redacted]&b=c'],
    ['/a?b=c&apikey=abc', '/a?b=c&apikey=[redacted]'],
    ['/a?Secret=abc', '/a?Secret=[redacted]'],
    ['/a?page=2', '/a?page=2'],
  ])('masks the query of %s', (path, expected) => {
    expect(maskPath(path)).toBe(expected)
  })
})
