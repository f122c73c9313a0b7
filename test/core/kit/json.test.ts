import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeUtf8, mediaType } from '../../../core/kit/content-type.ts'
import { MAX_JSON_DEPTH, parseJson } from '../../../core/kit/json.ts'
import { valueAt } from '../../../core/sdk/events/path.ts'

const nested = (depth: number, inside = '') => '['.repeat(depth) + inside + ']'.repeat(depth)
const unparsable = expect.objectContaining({ code: 'delivery_unparsable' })

describe('numbers', () => {
  it.each<[string, unknown]>([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['9007199254740993', 9007199254740993n],
    ['-12345678901234567891', -12345678901234567891n],
    ['1.10', 1.1],
    ['0.12345678901234567891', 0.12345678901234568],
    ['1e21', 1e21],
    ['1e400', '1e400'],
    ['-1E400', '-1E400'],
    ['9'.repeat(1001), '9'.repeat(1001)],
  ])('%s is read as %j', (text, value) => {
    expect(parseJson(text)).toBe(value)
    expect(parseJson(`{"a": [${text}, "b"]}`)).toEqual({ a: [value, 'b'] })
    expect(parseJson(`{"a":${text}}`)).toEqual({ a: value })
  })

  it('are written with every digit', () => {
    const text = '{"id":12345678901234567891,"list":[-9007199254740993]}'
    expect(JSON.stringify(parseJson(text))).toBe(text)
  })

  it('are found wherever they begin', () => {
    for (let before = 0; before < 40; before++) {
      const text = `{"${'1'.repeat(before)}":[1234567890,9007199254740993]}`
      expect(JSON.stringify(parseJson(text))).toBe(text)
    }
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.bigInt(), fc.string(), fc.double())), (values) => {
        const text = JSON.stringify(values)
        expect(JSON.stringify(parseJson(text))).toBe(text)
      }),
    )
  })

  it('look like large ones within texts, and stay texts', () => {
    const text = '{"a":"id: 12345678901234567891, 1e400, ","b":1,"__proto__":{"c":1}}'
    expect(JSON.stringify(parseJson(text))).toBe(text)
  })
})

describe('parseJson', () => {
  it('reads what JSON.parse reads, less the digits that it loses', () => {
    const written = (value: unknown) => JSON.parse(JSON.stringify(value))
    fc.assert(
      fc.property(fc.json({ maxDepth: 20 }), (text) => {
        expect(written(parseJson(text))).toEqual(written(JSON.parse(text)))
      }),
    )
  })

  it.each([
    ['the limit', nested(MAX_JSON_DEPTH)],
    ['many side by side', `[${Array.from({ length: 500 }, () => '{"a":[]}').join()}]`],
    ['brackets in a text', JSON.stringify({ a: `${'['.repeat(500)}\\"{{{`, b: '\\' })],
    ['brackets after escaped quotes', JSON.stringify({ a: '\\\\"'.repeat(50) + '['.repeat(500) })],
  ])('takes %s', (_, text) => expect(parseJson(text)).toEqual(JSON.parse(text)))

  it.each([
    ['one level too deep', nested(MAX_JSON_DEPTH + 1)],
    ['a bomb', nested(1_000_000)],
    ['a bomb without an end', '[{"a":'.repeat(1_000_000)],
    ['a bomb behind texts', `["\\\\", "\\"", "]", ${nested(MAX_JSON_DEPTH)}]`],
    ['nothing', ''],
    ['half', '{"a": ['],
    ['two', '{} {}'],
  ])('refuses %s', (_, text) => expect(() => parseJson(text)).toThrow(unparsable))

  it('does not quote the text', () => {
    try {
      parseJson('{"password": hunter2}')
      expect.unreachable()
    } catch (error) {
      expect(String(error)).not.toMatch(/hunter|password/)
      expect(error).not.toHaveProperty('cause')
    }
  })

  it('leaves prototypes alone', () => {
    const parsed = parseJson('{"__proto__":{"polluted":1}}')
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype)
    expect(valueAt({}, 'polluted')).toBeUndefined()
  })
})

describe('decodeUtf8', () => {
  it('reads UTF-8 only, less a byte order mark', () => {
    expect(decodeUtf8(Buffer.from('Grüße 🎉'))).toBe('Grüße 🎉')
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('a')
    for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf]]) {
      expect(() => decodeUtf8(Uint8Array.from(bytes))).toThrow(unparsable)
    }
  })
})

describe('mediaType', () => {
  it.each([
    [undefined, ''],
    ['', ''],
    ['Application/JSON', 'application/json'],
    ['text/plain; charset=utf-8', 'text/plain'],
    [' text/plain ;x', 'text/plain'],
  ])('reads the media type of %j', (header, type) => expect(mediaType(header)).toBe(type))
})
