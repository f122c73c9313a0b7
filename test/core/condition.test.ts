import { describe, expect, it } from 'vitest'
import type { Facts } from '../../core/contracts/event.ts'
import { compileCondition, functionCondition } from '../../core/kit/condition.ts'

const FACTS = { facts: new Set(['branch', 'tag', 'commit']) }
const ANY = { facts: null }

function event(facts: Facts, payload: unknown = {}) {
  return {
    id: 'evt_1',
    source: 'github',
    type: 'push',
    senderId: 'sender-1',
    deliveryId: 'dlv_1',
    receivedAt: new Date('2026-01-02T03:04:05Z'),
    facts,
    payload,
  }
}

function codeOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return (error as { code?: unknown }).code
  }
  return 'nothing thrown'
}

describe('a condition', () => {
  it('sees facts, payload and event', () => {
    const push = event({ branch: 'main', commit: 'abc' }, { size: 12, head: { sha: 'abc' } })
    for (const text of [
      "branch == 'main'",
      "facts.branch == 'main' && facts['commit'] == commit",
      'payload.size > 10',
      'payload.head.sha == commit',
      "event.source == 'github' && event.type == 'push' && event.senderId == 'sender-1'",
      "event.id == 'evt_1' && event.deliveryId == 'dlv_1'",
      "event.receivedAt < timestamp('2026-01-03T00:00:00Z')",
      'event.receivedAt.getFullYear() == 2026',
    ]) {
      expect(compileCondition(text, FACTS).evaluate(push), text).toBe(true)
    }
  })

  it('reads a documented fact that the event lacks as null', () => {
    const condition = compileCondition("branch == 'main'", FACTS)
    expect(condition.evaluate(event({ tag: 'v1' }))).toBe(false)
    expect(compileCondition('branch == null', FACTS).evaluate(event({}))).toBe(true)
    expect(compileCondition('has(facts.branch)', FACTS).evaluate(event({}))).toBe(false)
  })

  it('accepts any fact of a source without documented ones, and throws where it is absent', () => {
    const condition = compileCondition('level > 3', ANY)
    expect(condition.evaluate(event({ level: 4 }))).toBe(true)
    expect(codeOf(() => condition.evaluate(event({})))).toBe('condition_invalid')
  })

  it.each([
    ["brnach == 'main'", 'condition_unknown_name', /`brnach` at character 1.*`branch`/],
    ["true && facts.brnch == 'x'", 'condition_unknown_name', /`facts.brnch`.*`facts.branch`/],
    ["event.sorce == 'x'", 'condition_unknown_name', /`event.sorce`.*`event.source`/],
    ["branch = 'main'", 'condition_invalid', /at character 8/],
    ['', 'condition_invalid', /not a valid condition/],
    ["branch == 'main", 'condition_invalid', /at character/],
    ['size(branch)', 'condition_invalid', /gives int, and a condition gives bool/],
    ["'main'", 'condition_invalid', /gives string/],
    ['shout(branch)', 'condition_invalid', /shout/],
    ['1 + true == 2', 'condition_invalid', /int \+ bool/],
    ["branch.matches('(')", 'condition_invalid', /missing closing.*at character 16/],
    ["branch.matches('(?=a)')", 'condition_invalid', /Perl syntax/],
    [`branch == '${'x'.repeat(4000)}'`, 'condition_invalid', /at most 4000/],
  ])('refuses %s', (text, code, message) => {
    expect(codeOf(() => compileCondition(text, FACTS))).toBe(code)
    expect(() => compileCondition(text, FACTS)).toThrow(message)
  })

  it('knows the names that an expression binds itself', () => {
    const push = event({ branch: 'main' }, { list: [{ a: 1 }, { a: 2 }] })
    for (const text of [
      'payload.list.exists(branchless, branchless.a == 2)',
      'payload.list.map(x, x.a).exists(y, y == 2)',
      'payload.list.filter(x, x.a > 1).size() == 1',
      'cel.bind(first, payload.list[0], first.a == 1)',
      'type(payload.list) == list',
    ]) {
      expect(compileCondition(text, FACTS).evaluate(push), text).toBe(true)
    }
    expect(codeOf(() => compileCondition('payload.list.exists(x, y == 1)', FACTS))).toBe(
      'condition_unknown_name',
    )
  })

  it('throws where the answer is no bool', () => {
    const condition = compileCondition('payload.size', FACTS)
    expect(() => condition.evaluate(event({}, { size: 1 }))).toThrow(/other than a bool/)
    expect(condition.evaluate(event({}, { size: true }))).toBe(true)
  })

  it('never quotes the payload', () => {
    const payload = { key: 'hunter2', other: 'hunter2', odd: { constructor: 'hunter2' }, list: [] }
    for (const text of [
      'payload[payload.key]',
      'int(payload.key) == 1',
      'bool(payload.key)',
      'timestamp(payload.key) == event.receivedAt',
      "duration(payload.key) == duration('1s')",
      "payload.odd.x == 'a'",
      "payload.key.matches('(' + payload.other)",
      'payload.key + 1 == 2',
      'payload.key',
      'payload.list[0] == payload.key',
    ]) {
      const condition = compileCondition(text, FACTS)
      expect(() => condition.evaluate(event({}, payload)), text).toThrow()
      expect(() => condition.evaluate(event({}, payload)), text).not.toThrow(/hunter2/)
    }
  })

  it('tells what failed and where', () => {
    const condition = compileCondition("branch == 'x' || payload.head.sha == 'a'", FACTS)
    expect(() => condition.evaluate(event({}))).toThrow(
      'The condition cannot be evaluated: no such key in `payload.head`, at character 18',
    )
  })

  it('matches patterns in linear time', () => {
    const condition = compileCondition("payload.text.matches('^(a+)+$')", FACTS)
    expect(condition.evaluate(event({}, { text: `${'a'.repeat(20_000)}!` }))).toBe(false)
    const inMacro = compileCondition("payload.all(k, k.matches('^(a+)+$'))", FACTS)
    expect(inMacro.evaluate(event({}, { ['a'.repeat(20_000)]: 1 }))).toBe(true)
  })
})

describe('a function as condition', () => {
  it('answers with a boolean', () => {
    const condition = functionCondition((given) => given.type === 'push')
    expect(condition.text).toBe('[function]')
    expect(condition.evaluate(event({}))).toBe(true)
  })

  it('throws without its own message, which may quote the payload', () => {
    const condition = functionCondition(() => {
      throw new RangeError('hunter2')
    })
    expect(() => condition.evaluate(event({}))).toThrow(/threw a RangeError/)
    expect(() => functionCondition(() => 'yes').evaluate(event({}))).toThrow(/gave string/)
  })

  it('cannot be async', () => {
    expect(codeOf(() => functionCondition(async () => true))).toBe('condition_invalid')
    expect(() => functionCondition(() => Promise.resolve(true)).evaluate(event({}))).toThrow(
      /gave object/,
    )
  })
})
