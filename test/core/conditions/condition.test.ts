import { describe, expect, it } from 'vitest'
import { compileCondition, functionCondition } from '../../../core/conditions/condition.ts'
import type { Facts } from '../../../core/contracts/event.ts'
import { requestOf } from '../../../core/matching/event-request.ts'

const FACTS = { facts: new Set(['branch', 'tag', 'commit']) }
const TYPED = {
  facts: new Set(['branch', 'deleted', 'size']),
  factTypes: new Map([
    ['branch', 'string'],
    ['deleted', 'boolean'],
    ['size', 'number'],
  ] as const),
}
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

  it('sees the request', () => {
    const request = requestOf({
      method: 'PUT',
      path: '/hooks/deploy?ref=main&ref=other',
      headers: { 'x-event': 'push' },
      client: '192.0.2.7',
      body: Buffer.from('{}'),
    })
    const push = { ...event({}), request }
    for (const text of [
      "request.method == 'PUT' && request.path == '/hooks/deploy' && request.client == '192.0.2.7'",
      "request.headers['x-event'] == 'push' && request.query.ref == 'main'",
      "!('x-other' in request.headers) && !has(request.query.other)",
      "request.headers[?'x-other'].orValue('none') == 'none'",
      "request.body == '{}' && request.headers.exists(name, name.startsWith('x-'))",
    ]) {
      expect(compileCondition(text, FACTS).evaluate(push), text).toBe(true)
    }
    expect(codeOf(() => compileCondition("request.header['x'] == ''", ANY))).toBe(
      'condition_unknown_name',
    )
    const absent = compileCondition("request.headers['x-other'] == 'a'", ANY)
    expect(codeOf(() => absent.evaluate(push))).toBe('condition_invalid')
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
    [`1${'+1'.repeat(1990)} > 1`, 'condition_invalid', /too many operators/],
    ["branch == 'main", 'condition_invalid', /at character/],
    ['size(branch)', 'condition_invalid', /gives int, and a condition gives bool/],
    ["'main'", 'condition_invalid', /gives string/],
    ['shout(branch)', 'condition_invalid', /shout/],
    ['1 + true == 2', 'condition_invalid', /int \+ bool/],
    ["branch.matches('(')", 'condition_invalid', /missing closing.*at character 16/],
    ["branch.matches('(?=a)')", 'condition_invalid', /Perl syntax/],
    ["branch.startWith('a')", 'condition_invalid', /but there is `startsWith`/],
    ['math.abz(1) == 1', 'condition_invalid', /but there is `math.abs`/],
    ["branch = 'main'", 'condition_invalid', /CEL has `==`/],
    ["true and branch == 'a'", 'condition_invalid', /CEL has `&&`, at character 6/],
    ['payload.list.all(i.x, true)', 'condition_invalid', /`all` takes a name.*at character 18/],
    ['has(payload)', 'condition_invalid', /`has` takes a field/],
    [`branch == '${'x'.repeat(4000)}'`, 'condition_invalid', /at most 4000/],
  ])('refuses %s', (text, code, message) => {
    expect(codeOf(() => compileCondition(text, FACTS))).toBe(code)
    expect(() => compileCondition(text, FACTS)).toThrow(message)
  })

  it.each([
    ['event.receivedAt > 0', /timestamp > int/],
    ["event.receivedAt == '2026-01-02'", /timestamp == string/],
    ['event.receivedAt.getHour() > 5', /getHour\(\)/],
    ['event.type > 3', /string > int/],
    ['event == null', /event == null/],
    ['branch > 5', /string > int/],
    ['branch[0] == 1', /Cannot index type 'string'/],
    ['int(deleted) == 1', /int\(bool\)/],
    ["deleted + 'x' == 'x'", /bool \+ string/],
    ["size + 'x' == 'x'", /double \+ string/],
    ["timestamp('2026-01-02') < event.receivedAt", /`timestamp\('2026-01-02'\)` fails for every/],
    ["duration('5 days') < duration('1h')", /`duration\('5 days'\)` fails for every event/],
    ["int('many') == 1", /`int\('many'\)` fails for every event/],
    ["event.receivedAt.getHours('Europe/Berln') > 5", /there is no such time zone/],
    ["string(event.receivedAt + duration('99999999999h')) == ''", /too far from now/],
    ["bytes('{').json() == {}", /the bytes are no JSON/],
  ])('refuses %s, which no event can satisfy', (text, message) => {
    expect(() => compileCondition(text, TYPED)).toThrow(message)
    expect(codeOf(() => compileCondition(text, TYPED))).toBe('condition_invalid')
  })

  it.each([
    'branch != null && !(deleted == null || size == null)',
    "branch.startsWith('a') && !deleted && size > 10 && size == 12",
    'int(size) % 2 == 0 && string(size) != branch',
    "deleted ? branch == 'a' : branch in ['b', 'abc']",
    'double(size) / 2.0 > 5.0 && size - 1.0 < 20.0',
    'event.senderId != null && event.senderId.size() > 1',
    'timestamp(string(event.receivedAt)) == event.receivedAt && has(event.type)',
    "event['type'] == 'push' && type(event.receivedAt) == google.protobuf.Timestamp",
  ])('takes %s, which an event can satisfy', (text) => {
    const given = event({ branch: 'abc', deleted: false, size: 12 })
    expect(compileCondition(text, TYPED).evaluate(given)).toBe(true)
  })

  it.each([
    'int(event.receivedAt) == 1767323045',
    'int(7u) == 7 && uint(7) == 7u && double(7u) == 7.0',
    "string(duration('90s')) == '90s' && duration(duration('90s')) == duration('1m30s')",
    'timestamp(event.receivedAt) == event.receivedAt',
    'timestamp(int(event.receivedAt)) == event.receivedAt',
    "string(event.receivedAt) == '2026-01-02T03:04:05Z'",
  ])('converts as CEL says: %s', (text) => {
    expect(compileCondition(text, FACTS).evaluate(event({}))).toBe(true)
  })

  it('says what failed in words, whatever the engine says', () => {
    const fault = (text: string, payload: unknown) => () =>
      compileCondition(text, FACTS).evaluate(event({}, payload))
    expect(fault('event.receivedAt.getHours(payload) > 5', 'hunter2')).toThrow(
      'The condition cannot be evaluated: there is no such time zone',
    )
    expect(fault("payload.matches('(' + payload)", 'hunter2')).toThrow(/a pattern is not valid/)
    expect(fault('bytes(payload).json() == {}', 'hunter2')).toThrow(/the bytes are no JSON/)
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
