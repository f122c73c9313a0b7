import { describe, expect, it } from 'vitest'
import { indentJson, isJsonText } from '../../../core/dashboard/parts/json-text.ts'

describe('JSON for people to read', () => {
  it.each([
    { a: 1, b: [1, { c: null }, []], d: {}, e: 'x, {y}: [z] \\ " \u2028' },
    [],
    {},
    [[[]]],
    { '': [{ a: [] }, {}] },
  ])('is laid out as by JSON.stringify: %j', (value) => {
    expect(indentJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2))
    expect(indentJson(JSON.stringify(value, null, 7))).toBe(JSON.stringify(value, null, 2))
  })

  it('keeps numbers and repeated keys as they are written', () => {
    expect(indentJson('{"n":12345678901234567890,"n":1.10,"s":"\\u00e9\\n"}')).toBe(
      '{\n  "n": 12345678901234567890,\n  "n": 1.10,\n  "s": "\\u00e9\\n"\n}',
    )
  })

  it('may be cut anywhere', () => {
    const json = '{"a":[1,{"b":"x\\"y"}],"c":true}'
    for (let length = 0; length <= json.length; length++) {
      const shown = indentJson(json.slice(0, length))
      expect(shown.replace(/\n */g, '').replaceAll('": ', '":')).toBe(json.slice(0, length))
    }
  })

  it('does not grow with the depth that a sender chooses', () => {
    expect(indentJson('['.repeat(50_000)).length).toBeLessThan(4_000_000)
    expect(indentJson(']'.repeat(50_000)).length).toBeLessThan(200_000)
  })

  it('is told from other text', () => {
    expect(isJsonText(' {"a":1}', false)).toBe(true)
    expect(isJsonText('[1', false)).toBe(false)
    expect(isJsonText('[1', true)).toBe(true)
    expect(isJsonText('a=1', true)).toBe(false)
  })
})
