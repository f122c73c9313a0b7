import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyFault } from '../../../../core/api/http/json-keys.ts'

describe('keyFault', () => {
  it.each([
    ['{}', null],
    ['{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}', null],
    ['{"a":1,"a":2}', 'repeated /a'],
    ['{"a":1,"\\u0061":2}', 'repeated /a'],
    ['{"x":{"y":[1,{"k":1,"k":2}]}}', 'repeated /x/y/1/k'],
    ['[{"k":[]},{"k":{"a/b~c":1,"a/b~c":1}}]', 'repeated /1/k/a~1b~0c'],
    ['[[],{},[{"a":1,"a":1}]]', 'repeated /2/0/a'],
    ['{"__proto__":{}}', 'forbidden /__proto__'],
    ['{"a":{"\\u005f_proto__":{}}}', 'forbidden /a/__proto__'],
    ['{"a":"\\"a\\":1,{","b":"]}","c":"\\\\"}', null],
    ['{"a":"x","b":"a","c":["a","a"]}', null],
    ['"a"', null],
  ])('of %s is %s', (json, expected) => {
    const found = keyFault(json)
    expect(found && `${found.fault} ${found.pointer}`).toBe(expected)
  })

  it('finds nothing in what a serializer wrote', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (json) => {
        if (!json.includes('__proto__')) expect(keyFault(json)).toBeNull()
      }),
    )
  })

  it('takes time in proportion to the text', () => {
    const json = JSON.stringify({ text: '\\"{['.repeat(60_000), more: '"'.repeat(60_000) })
    const start = performance.now()
    expect(keyFault(json)).toBeNull()
    expect(performance.now() - start).toBeLessThan(1000)
  })
})
