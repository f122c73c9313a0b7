import { describe, expect, it } from 'vitest'
import { compileCondition } from '../../../core/conditions/condition.ts'
import { celToJson } from '../../../core/conditions/json-value.ts'
import { compilePolicyKey } from '../../../core/conditions/policy-key.ts'
import { compileTemplate } from '../../../core/conditions/template.ts'

const ANY = { facts: null }
const LONG = 'a'.repeat(4_000_000)

function event(payload: unknown) {
  return {
    id: 'evt_1',
    source: 'shop',
    type: 'order',
    senderId: null,
    deliveryId: 'dlv_1',
    receivedAt: new Date('2026-01-02T03:04:05Z'),
    facts: {},
    payload,
  }
}

function list<Item>(length: number, item: (index: number) => Item): Item[] {
  return Array.from({ length }, (_, index) => item(index))
}

/** A value of 90 levels, of which no other index has the shape. */
function nested(index: number): unknown {
  return list(90, (level) => (index >> (level % 16)) & 1).reduce<unknown>(
    (value, bit) => (bit === 1 ? [value] : { key: value }),
    'end',
  )
}

const items = list(20_000, (id) => ({ id, x: 2, text: `text ${id}` }))

const texts = list(20_000, (index) => `other ${index}`)
const map = Object.fromEntries(texts.map((key) => [key, 1]))
const payload = {
  items,
  texts,
  copy: [...texts],
  lists: list(100, () => [...texts]),
  map,
  mapCopy: { ...map },
  long: LONG,
  longCopy: LONG.split('').join(''),
  part: `${'a'.repeat(500)}b${'a'.repeat(500)}`,
  digits: '1'.repeat(50_000),
  emoji: `${'😀'.repeat(1_000_000)}a`,
  emojiCopy: `${'😀'.repeat(1_000_000)}b`,
  spaces: `${' '.repeat(2_000_000)}x${' '.repeat(2_000_000)}`,
}

describe('a costly condition', () => {
  it.each([
    [
      'macros in macros',
      'payload.items.exists(a, payload.items.exists(b, a.id == b.id && a.x == 1))',
    ],
    ['all in filter', 'payload.items.filter(a, payload.items.all(b, b.x == 2)).size() == 1'],
    ['map in map', 'payload.items.map(a, payload.items.map(b, b.id)).size() == 1'],
    [
      'exists_one in map',
      'payload.items.map(a, payload.items.exists_one(b, b.id == a.id)).size() == 1',
    ],
    ['an error in each step', 'payload.items.exists(a, payload.items.exists(b, b.nothing == 1))'],
    [
      'what another part would decide',
      'payload.items.all(a, payload.items.all(b, b.x == 2)) || true',
    ],
    ['`in` within a macro', 'payload.items.exists(a, a.text in payload.texts)'],
    ['`in` for a list', 'payload.items.exists(a, !(payload.texts in payload.lists))'],
    ['`==` of lists', 'payload.items.map(a, payload.texts) == payload.items.map(a, payload.copy)'],
    ['`==` of maps', 'payload.items.exists(a, payload.map != payload.mapCopy)'],
    ['`==` of texts', 'payload.items.exists(a, payload.long != payload.longCopy)'],
    ['the order of texts', 'payload.items.exists(a, payload.long < payload.longCopy)'],
    ['`contains`', 'payload.items.exists(a, payload.long.contains(a.text))'],
    ['a search that is quadratic', 'payload.long.contains(payload.part)'],
    ['`lastIndexOf`', 'payload.long.lastIndexOf(payload.part) > 0'],
    ['`startsWith`', 'payload.items.exists(a, !payload.long.startsWith(payload.longCopy))'],
    ['`split`', "payload.long.split('').size() == 1"],
    ['`join`', "payload.items.map(a, payload.long).join('') == ''"],
    ['texts that double', `${bindings(30, '+')}x30 == ''`.concat(')'.repeat(30))],
    ['lists that double', `${bindings(30, '+', '[payload.part]')}x30 == []`.concat(')'.repeat(30))],
    ['a pattern on a long text', "payload.long.matches('(a|b)*a(a|b){200}[cd]$')"],
    ['many patterns', "payload.items.exists(a, 'x'.matches(a.text + '{400}'))"],
    ['`size` of a text', 'size(payload.long) == 1'],
    ['`size` of a map', 'payload.items.exists(a, size(payload.map) == 1)'],
    ['the keys of a map', 'payload.items.exists(a, payload.map.all(k, false))'],
    ['a long duration', "duration(payload.digits) == duration('1s')"],
    ['JSON in bytes', "bytes('[' + payload.long + ']').json() == {}"],
    ['unknown time zones', 'payload.items.exists(a, event.receivedAt.getHours(a.text) > 24 )'],
    ['replacements', "payload.long.replace('a', payload.part) == ''"],
    ['formats', "payload.items.exists(a, '%s %x'.format([payload.long, payload.long]) == '')"],
    ['`distinct`', 'payload.items.distinct().size() == 1'],
    ['`sort`', 'payload.items.exists(a, payload.texts.sort() == [])'],
    ['`sortBy`', 'payload.items.exists(a, payload.items.sortBy(b, b.id) == [])'],
    ['sets', 'sets.contains(payload.texts, payload.copy)'],
    ['`flatten`', 'payload.items.exists(a, payload.lists.flatten() == [])'],
    ['a long range', 'lists.range(int(payload.digits.substring(0, 12))).size() == 1'],
    ['transformed maps', 'payload.items.exists(a, payload.map.transformMap(k, v, k).size() == 1)'],
    ['two variables', 'payload.items.exists(i, a, payload.items.exists(j, b, i + j < 0))'],
    ['texts beyond 16 bits', 'payload.items.exists(a, payload.emoji.charAt(0) == a.text)'],
    [
      'the order of texts beyond 16 bits',
      'payload.items.exists(a, payload.emojiCopy < payload.emoji)',
    ],
    ['spaces', 'payload.items.exists(a, payload.spaces.trim() == a.text)'],
    ['base64', "payload.items.exists(a, base64.decode(payload.long) == b'')"],
    ['time zones', "payload.items.exists(a, event.receivedAt.getHours('Europe/Berlin') > 24)"],
  ])('is stopped: %s', (_name, text) => {
    const condition = compileCondition(text, ANY)
    const given = event(payload)
    const before = process.cpuUsage()
    expect(() => condition.evaluate(given)).toThrow(
      expect.objectContaining({ code: 'condition_too_costly' }),
    )
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1000).toBeLessThan(600)
  })

  it('is not one that reads each of many items once', () => {
    for (const text of [
      'payload.items.exists(a, a.id == 19999)',
      'payload.items.map(a, a.id).size() == 20000',
      "payload.items.exists(a, a.text == 'text 19999')",
      'payload.items.size() == 20000',
      "payload.note.contains('[deploy]') && payload.note.split('\\n').size() > 1000",
      "payload.note.matches('(?i)\\\\bdeploy\\\\b')",
    ]) {
      const note = `${'a line of a message\n'.repeat(2000)}[deploy]`
      const given = event({ items, note })
      expect(compileCondition(text, ANY).evaluate(given), text).toBe(true)
    }
  })

  it('does not keep the shape of each value that it compares', () => {
    const condition = compileCondition("payload.exists(a, a == 'b')", ANY)
    const shapes = event(list(3000, nested))
    const before = process.cpuUsage()
    expect(condition.evaluate(shapes)).toBe(false)
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(500)
  })

  it('leaves the next evaluation its own steps, whatever the shared budget has left', () => {
    const budget = { left: 1000 }
    const costly = compileCondition('payload.all(a, payload.all(b, true))', ANY)
    const given = event(list(1000, (id) => id))
    expect(() => costly.evaluate(given, budget)).toThrow(/what the other rules of this delivery/)
    expect(budget.left).toBe(0)
    expect(compileCondition('payload.all(a, a >= 0)', ANY).evaluate(event([1, 2]), budget)).toBe(
      true,
    )
    expect(budget.left).toBe(0)
  })

  it('has a like in keys and templates', () => {
    const text = 'payload.map(a, payload.map(b, 1)).size()'
    const given = event(list(1000, (id) => id))
    expect(() => compilePolicyKey(text, ANY).evaluate(given)).toThrow(/key would take more than/)
    const template = compileTemplate({ cel: text }, { path: 'body' })
    expect(() => template.fill({ event: given } as never)).toThrow(
      expect.objectContaining({ code: 'expression_failed' }),
    )
  })

  it('cannot make JSON that names one value very often', () => {
    expect(() => celToJson(Array(1001).fill(Array(1000).fill(1)))).toThrow(/so large a value/)
    expect(() => celToJson(Array(100).fill(LONG))).toThrow(/so large a value/)
  })
})

function bindings(count: number, operator: string, first = 'payload.digits'): string {
  const steps = list(count, (index) => {
    const value = index === 0 ? first : `x${index} ${operator} x${index}`
    return `cel.bind(x${index + 1}, ${value}, `
  })
  return steps.join('')
}
