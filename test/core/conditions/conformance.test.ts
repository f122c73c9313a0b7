import { describe, expect, it } from 'vitest'
import { compileCondition } from '../../../core/conditions/condition.ts'

const PAYLOAD = JSON.parse(
  `{"size": 5, "ratio": 5.5, "list": [1, 2, 3], "o": {"a": 1}, "s": "ab", "none": null, "yes": true,
    "empty": [], "a-b": 5, "at": "2026-01-02T03:00:00Z", "blob": "aGk=", "objs": [{"k": "v"}, {"k": "w"}], "__proto__": {"polluted": true}}`,
)

const EVENT = {
  id: 'evt_1',
  source: 'custom',
  type: 'note',
  senderId: null,
  deliveryId: 'dlv_1',
  receivedAt: new Date('2026-01-02T03:04:05Z'),
  facts: {},
  payload: PAYLOAD,
}

const evaluate = (text: string) => compileCondition(text, { facts: new Set() }).evaluate(EVENT)

// Semantics of the CEL specification: https://github.com/google/cel-spec/blob/master/doc/langdef.md
describe('CEL as the specification has it', () => {
  it.each([
    // Arithmetic: int is 64 bits and truncates; a number of JSON is a double.
    ['1 + 2 * 3 == 7'],
    ['7 / 2 == 3 && -7 / 2 == -3'],
    ['7 % 3 == 1 && -7 % 3 == -1'],
    ['7.0 / 2.0 == 3.5'],
    ['1.0 / 0.0 > 1e308'],
    ['0x10 == 16'],
    ['9223372036854775807 > 0'],
    ['payload.size + 1.0 == 6.0'],
    ['int(payload.ratio) == 5'],
    ['double(2) * payload.ratio == 11.0'],
    // Numbers of different types compare as numbers.
    ['payload.size == 5 && payload.size > 4 && payload.ratio < 6'],
    ['dyn(1) == 1.0 && dyn(1u) == 1'],
    ['1 in payload.list && !(4 in payload.list)'],
    ['type(payload.size) == double && type(1) == int && type(1u) == uint'],
    // Strings count code points.
    ["'a' + 'b' == payload.s"],
    ["size('é') == 1 && '😀'.size() == 1"],
    ["'hello'.startsWith('he') && 'hello'.endsWith('lo') && 'hello'.contains('ell')"],
    ["'a' < 'b' && 'B' < 'a'"],
    ["'v12.3'.matches('^v[0-9]+') && 'xv1'.matches('v') && matches('abc', 'b')"],
    ["r'\\d' == '\\\\d' && '\\u00e9' == 'é'"],
    ['"""a\nb""" == \'a\\nb\''],
    ["b'abc' == b'abc' && size(b'abc') == 3"],
    // Conversions.
    ["int('42') == 42 && string(42) == '42' && double('1e3') == 1000.0 && uint(3) == 3u"],
    ["string(payload.size) == '5' && string(true) == 'true'"],
    ['bool(\'true\') && !bool("false")'],
    // Null.
    ['payload.none == null && payload.size != null'],
    ["dyn(null) != 'a' && payload.none != 1"],
    ['type(null) == null_type'],
    // Equality over types that differ is false, not an error, where the types are known only when it runs.
    ["payload.size != 'a' && !(payload.s == 5)"],
    ['payload.list == [1, 2, 3] && payload.o == {"a": 1}'],
    ['payload.list != [3, 2, 1]'],
    // Logic takes in the error of the other side.
    ['payload.missing == 1 || true'],
    ['true || payload.missing == 1'],
    ['!(payload.missing == 1 && false)'],
    ['!(false && payload.missing == 1)'],
    ['payload.yes ? true : payload.missing'],
    // Presence.
    ['has(payload.size) && !has(payload.missing) && has(payload.none)'],
    ['!has(payload.constructor) && !has(payload.toString)'],
    ["'size' in payload && !('toString' in payload)"],
    ['!has(payload.polluted)'],
    // Lists and maps.
    ['payload.list[0] == 1 && payload["size"] == 5 && size(payload.list) == 3'],
    ['[1, 2] + [3] == [1, 2, 3]'],
    ["{'a': 1, 'b': 'c'}.b == 'c'"],
    ['payload.list.size() == 3 && size({}) == 0'],
    // Macros.
    ["payload.objs.exists(o, o.k == 'v') && !payload.objs.all(o, o.k == 'v')"],
    ["payload.objs.exists_one(o, o.k == 'v')"],
    ["payload.objs.map(o, o.k) == ['v', 'w']"],
    ["payload.objs.map(o, o.k == 'v', o.k + '!') == ['v!']"],
    ['payload.list.filter(n, n > 1) == [2, 3]'],
    ['payload.empty.all(n, n > 1) && !payload.empty.exists(n, true)'],
    ["payload.o.exists(k, k == 'a')"],
    ["payload.objs.exists(o, o.missing == 1 || o.k == 'w')"],
    // Time.
    ["timestamp('2026-01-02T03:04:05Z') == event.receivedAt"],
    ["event.receivedAt - timestamp('2026-01-02T03:04:00Z') == duration('5s')"],
    ["event.receivedAt + duration('1h') > event.receivedAt && duration('1h') == duration('60m')"],
    ['event.receivedAt.getHours() == 3 && event.receivedAt.getDayOfWeek() == 5'],
    ["event.receivedAt.getHours('+02:00') == 5"],
    ["string(event.receivedAt) == '2026-01-02T03:04:05Z'"],
    // Optionals.
    ["payload.?missing.orValue('d') == 'd' && payload.?size.hasValue()"],
    ["payload.objs[0].?k.orValue('') == 'v' && payload[?'nope'].orValue(1) == 1"],
    ['optional.of(1).value() == 1 && !optional.none().hasValue()'],
    ['cel.bind(n, payload.size, n > 3.0 && n < 7.0)'],
    // Extensions, with the values of JSON.
    ['payload.`a-b` == 5 && has(payload.`a-b`) && payload.?`no-b`.orValue(1) == 1'],
    [
      'payload.?missing.optMap(n, n + 1.0).orValue(0.0) == 0.0 && payload.?size.optMap(n, n + 1.0).value() == 6.0',
    ],
    [
      "[?payload.?missing, ?payload.?s] == ['ab'] && {?'s': payload.?s, ?'m': payload.?missing} == {'s': 'ab'}",
    ],
    ["payload.objs.exists(i, o, i == 1 && o.k == 'w') && payload.o.all(k, v, k == 'a' && v == 1)"],
    [
      "payload.o.transformMap(k, v, v + 1.0) == {'a': 2} && payload.list.transformList(i, n, int(n) * i) == [0, 2, 6]",
    ],
    ['sets.contains(payload.list, [1, 2]) && sets.intersects(payload.list, [3.0, 9.0])'],
    [
      "payload.objs.map(o, o.k).sort().join('/') == 'v/w' && payload.objs.sortBy(o, o.k).last().value().k == 'w'",
    ],
    [
      'math.greatest(payload.list) == 3 && math.round(payload.ratio) == 6 && math.least(payload.size, 3) == 3',
    ],
    [
      "base64.decode(payload.blob) == b'hi' && '%s: %.1f'.format([payload.s, payload.ratio]) == 'ab: 5.5'",
    ],
    [
      "event.receivedAt - timestamp(payload.at) == duration('4m5s') && timestamp(payload.at).getHours('Asia/Tokyo') == 12",
    ],
  ])('%s', (text) => {
    expect(evaluate(text)).toBe(true)
  })

  it.each([
    ['1 / 0 == 1', /division by zero/],
    ['1 % 0 == 1', /modulo|zero/],
    ['9223372036854775807 + 1 > 0', /overflow/],
    ['payload.missing == 1', /no such key/],
    ['payload.list[3] == 1', /out of bounds/],
    ['payload.missing == 1 || false', /no such key/],
    ['payload.size + 1 == 6', /no such overload/],
    ['payload.none > 1', /no such overload/],
    ["int('abc') == 1", /conversion/],
    ['has(payload.missing.deeper)', /no such key/],
    ['payload.objs.exists_one(o, o.missing == 1)', /no such key/],
    ['optional.none().value() == 1', /optional/],
  ])('%s is an error', (text, message) => {
    expect(() => evaluate(text)).toThrow(message)
  })
})
