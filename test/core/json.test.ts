import fc from 'fast-check'
import {
  decodeUtf8,
  fact,
  isEventType,
  MAX_JSON_DEPTH,
  mediaType,
  parseJson,
  readFacts,
  valueAt,
  withAction,
} from 'hookline'
import { describe, expect, it } from 'vitest'

const nested = (depth: number, inside = '') => '['.repeat(depth) + inside + ']'.repeat(depth)
const unparsable = expect.objectContaining({ code: 'delivery_unparsable' })

describe('parseJson', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 20 }), (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text))
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

describe('reading payloads', () => {
  it.each([
    [{ a: { b: [{ c: 1 }] } }, 'a.b.0.c', 1],
    [{ a: null }, 'a.b', undefined],
    [{ a: 'text' }, 'a.length', undefined],
    [{}, 'constructor.name', undefined],
    [[], 'map', undefined],
    [null, 'a', undefined],
    [{ a: { b: null } }, 'a.b', null],
  ])('finds in %j at %s: %j', (root, path, value) => expect(valueAt(root, path)).toBe(value))

  it('gives every documented fact its type, or null', () => {
    const table = {
      a: fact('string', 'A', 'a'),
      b: fact('number', 'B', 'b.c'),
      c: fact('boolean', 'C', () => true),
    }
    expect(readFacts(table, { a: 'x', b: { c: 2 } })).toEqual({ a: 'x', b: 2, c: true })
    expect(readFacts(table, { a: 1, b: [] })).toEqual({ a: null, b: null, c: true })
    expect(readFacts(table, null)).toEqual({ a: null, b: null, c: true })
  })

  it.each([
    ['push', true],
    ['pull_request.opened', true],
    ['com.example/a:b-c', true],
    ['', false],
    ['.a', false],
    ['a.', false],
    ['a..b', false],
    ['a b', false],
    ['*', false],
    ['ä', false],
    ['a\n', false],
    ['x'.repeat(201), false],
  ])('takes %j for an event type: %s', (text, is) => expect(isEventType(text)).toBe(is))

  it('adds an action only where it can be part of a type', () => {
    expect(withAction('a', 'b')).toBe('a.b')
    expect(withAction('a', 'b c')).toBe('a')
    expect(withAction('a', undefined)).toBe('a')
  })

  it.each([
    [undefined, ''],
    ['', ''],
    ['Application/JSON', 'application/json'],
    ['text/plain; charset=utf-8', 'text/plain'],
    [' text/plain ;x', 'text/plain'],
  ])('reads the media type of %j', (header, type) => expect(mediaType(header)).toBe(type))
})
