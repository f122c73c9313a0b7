import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_MATCH_LENGTH } from '../../../core/redaction/patterns.ts'
import { Redactor } from '../../../core/redaction/redactor.ts'

const CARD = String.raw`\b\d{4}(?: ?\d{4}){3}\b`
const BEARER = '(?i)bearer [a-z0-9._-]+'
const SECRET = 'the-secret-of-the-test'

function redactorOf(patterns: readonly string[], secrets: readonly string[] = []): Redactor {
  const redactor = new Redactor()
  redactor.set(secrets)
  redactor.setPatterns(patterns)
  return redactor
}

describe('patterns', () => {
  it.each([
    ['paid with 4111 1111 1111 1111.', 'paid with [redacted].'],
    ['4111111111111111\r\n4222222222222222\n', '[redacted]\r\n[redacted]\n'],
    ['no 41111111111111112', 'no 41111111111111112'],
    ['Authorization: Bearer abc.def, BEARER x', 'Authorization: [redacted], [redacted]'],
    ['Bearer\nabc', 'Bearer\nabc'],
    [`Bearer ${SECRET}`, 'Bearer [redacted]'],
    ['', ''],
  ])('%j becomes %j', (given, redacted) => {
    expect(redactorOf([CARD, BEARER], [SECRET]).text(given)).toBe(redacted)
  })

  it('that overlap redact all that one of them matches', () => {
    expect(redactorOf(['abc', 'cde', 'x']).text('0abcde1x2')).toBe('0[redacted]1[redacted]2')
  })

  it('that match a place, but no text, redact nothing', () => {
    expect(redactorOf([String.raw`\b`, String.raw`\b$`]).text('a b\n')).toBe('a b\n')
  })

  it('are replaced; what matches the empty text, and what is no RE2, is refused', () => {
    const redactor = redactorOf(['abc'])
    redactor.setPatterns(['def'])
    expect(redactor.text('abc def')).toBe('abc [redacted]')
    for (const pattern of ['a*', '', '(', String.raw`(a)\1`, '(?=a)b', 'a{2000}']) {
      expect(() => redactor.setPatterns([pattern])).toThrow()
    }
    expect(redactor.text('abc def')).toBe('abc [redacted]')
  })

  it('take time that grows with the text alone', () => {
    const redactor = redactorOf(['(a+)+$', '(a|a)+b'])
    const started = performance.now()
    redactor.text(`${'a'.repeat(50_000)}!`)
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

describe('patterns in text that comes in pieces', () => {
  it('are found at every cut', () => {
    const text = `one\nBearer abc.def ${SECRET}\n4111 1111 1111 1111 two`
    const redactor = redactorOf([CARD, BEARER], [SECRET])
    const whole = redactor.text(text)
    for (let first = 0; first <= text.length; first++) {
      for (let second = first; second <= text.length; second += 7) {
        const stream = redactor.stream()
        const out = [text.slice(0, first), text.slice(first, second), text.slice(second)]
          .map((piece) => stream.write(piece))
          .join('')
        expect(out + stream.end()).toBe(whole)
      }
    }
  })

  it('agree with the whole text, however it is cut', () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b', '1', ' ', '\n', '\r'), maxLength: 8 })
    const redactor = redactorOf(['ab+', String.raw`\b1{2,3}\b`, 'b a'], ['a1b1'])
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const stream = redactor.stream()
        const streamed = pieces.map((text) => stream.write(text)).join('') + stream.end()
        expect(streamed).toBe(redactor.text(pieces.join('')))
      }),
      { numRuns: 1000 },
    )
  })

  it('give out a line as soon as it has ended', () => {
    const stream = redactorOf([BEARER]).stream()
    expect(stream.write('progress 10')).toBe('')
    expect(stream.write('%\rprogress 20%\r')).toBe('progress 10%\rprogress 20%\r')
    expect(stream.write('done\nnext')).toBe('done\n')
    expect(stream.end()).toBe('next')
  })

  it('hold no more than twice the bound of a line without end, and miss no match within it', () => {
    const match = `<${'m'.repeat(MAX_MATCH_LENGTH - 2)}>`
    const redactor = redactorOf(['<m+>'])
    fc.assert(
      fc.property(
        fc.nat(3000),
        fc.nat(3000),
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1 }),
        (before, after, sizes) => {
          const text = 'x'.repeat(before) + match + 'y'.repeat(after)
          const stream = redactor.stream()
          let out = ''
          let position = 0
          for (let index = 0; position < text.length; index++) {
            const size = sizes[index % sizes.length] ?? 1
            out += stream.write(text.slice(position, position + size))
            position += size
            const held = Math.min(position, text.length) - out.length
            expect(held).toBeLessThan(3 * MAX_MATCH_LENGTH)
          }
          expect(out + stream.end()).toBe(redactor.text(text))
        },
      ),
      { numRuns: 100 },
    )
  })

  it('follow a change, and let go of what they held when there are none any more', () => {
    const redactor = redactorOf(['abc'])
    const stream = redactor.stream()
    expect(stream.write('held')).toBe('')
    redactor.setPatterns([])
    expect(stream.write(' and abc')).toBe('held and abc')
    redactor.setPatterns(['abc'])
    expect(stream.write('abc\n')).toBe('[redacted]\n')
  })
})
