import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Redactor } from '../../../core/redaction/redactor.ts'

const SECRET = 'p@ss/word+"ü"~ 1?'

function redactorOf(...secrets: string[]): Redactor {
  const redactor = new Redactor()
  redactor.set(secrets)
  return redactor
}

describe('Redactor.text', () => {
  const forms: [name: string, text: string][] = [
    ['raw', SECRET],
    ['hex', Buffer.from(SECRET).toString('hex')],
    ['upper-case hex', Buffer.from(SECRET).toString('hex').toUpperCase()],
    ['URL component', encodeURIComponent(SECRET)],
    [
      'URL component, lower-case',
      encodeURIComponent(SECRET).replace(/%../g, (x) => x.toLowerCase()),
    ],
    ['form field', new URLSearchParams([['', SECRET]]).toString().slice(1)],
    ['JSON string', JSON.stringify(SECRET).slice(1, -1)],
    ['JSON in JSON', JSON.stringify(JSON.stringify(SECRET)).slice(3, -3)],
    ['JSON with escaped slashes', JSON.stringify(SECRET).slice(1, -1).replace('/', '\\/')],
    ['JSON in ASCII', 'p@ss/word+\\"\\u00fc\\"~ 1?'],
  ]
  it.each(forms)('redacts the %s form', (_name, text) => {
    expect(redactorOf(SECRET).text(`key=${text};`)).toBe('key=[redacted];')
  })

  it.each([0, 1, 2, 3])('redacts base64 after %i bytes, in both alphabets', (offset) => {
    const secret = 'k\u00ff?>\u07ff~~~secret-value'
    for (const encoding of ['base64', 'base64url'] as const) {
      for (const after of ['', ':', ':x']) {
        const text = Buffer.from('x'.repeat(offset) + secret + after).toString(encoding)
        const redacted = redactorOf(secret).text(text)
        expect(redacted).toMatch(/^.{0,4}\[redacted\].{0,6}$/)
      }
    }
  })

  it('redacts every occurrence, and the longer of two secrets that begin alike', () => {
    expect(redactorOf('token', 'token-long').text('token-long token')).toBe('[redacted] [redacted]')
  })

  it('takes characters of a secret literally', () => {
    const secret = '.*(a|b)[^c]$\\d-{2}+?'
    expect(redactorOf(secret).text(`x${secret}y a b`)).toBe('x[redacted]y a b')
  })

  it('ignores secrets shorter than four characters', () => {
    expect(redactorOf('', 'a', 'abc').text('abc')).toBe('abc')
  })

  it('replaces the list', () => {
    const redactor = redactorOf('first-secret')
    redactor.set(['second-secret'])
    expect(redactor.text('first-secret second-secret')).toBe('first-secret [redacted]')
    redactor.set([])
    expect(redactor.text('second-secret')).toBe('second-secret')
  })
})

describe('Redactor.stream', () => {
  it('catches a secret at every cut', () => {
    for (let cut = 0; cut <= 'a-secret-b'.length; cut++) {
      const stream = redactorOf('secret').stream()
      const out =
        stream.write('a-secret-b'.slice(0, cut)) +
        stream.write('a-secret-b'.slice(cut)) +
        stream.end()
      expect(out).toBe('a-[redacted]-b')
    }
  })

  it('emits at once what cannot begin a secret', () => {
    const stream = redactorOf('secret').stream()
    expect(stream.write('progress 10%\n')).toBe('progress 10%\n')
    expect(stream.write('now sec')).toBe('now ')
    expect(stream.write('ond.')).toBe('second.')
    expect(stream.write('secret')).toBe('[redacted]')
  })

  it('waits for the longer of two secrets', () => {
    const stream = redactorOf('token', 'token-long').stream()
    expect(stream.write('token')).toBe('')
    expect(stream.write('-long!')).toBe('[redacted]!')
  })

  it('gives what it holds at its end, and follows a new list', () => {
    const redactor = redactorOf('secret')
    const stream = redactor.stream()
    expect(stream.write('sec')).toBe('')
    redactor.set(['other'])
    expect(stream.write('ret ot')).toBe('secret ')
    expect(stream.end()).toBe('ot')
    expect(stream.end()).toBe('')
  })

  it('agrees with text() however the text is cut', () => {
    const piece = fc.oneof(
      fc.constantFrom('abab', 'ababab', 'babc', 'aba', 'YWJhYg', '61626162', 'ab', 'c'),
      fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const redactor = redactorOf('abab', 'abababc', 'babcab')
        const stream = redactor.stream()
        const streamed = pieces.map((text) => stream.write(text)).join('') + stream.end()
        expect(streamed).toBe(redactor.text(pieces.join('')))
      }),
      { numRuns: 2000 },
    )
  })

  it('never lets a secret through, in any encoding at any place', () => {
    const encoding = fc.constantFrom('utf8', 'base64', 'base64url', 'hex')
    fc.assert(
      fc.property(
        fc
          .string({ minLength: 6, unit: 'grapheme' })
          .filter((text) => !/^[redacted[\]]*$/.test(text)),
        fc.string(),
        encoding,
        (secret, before, as) => {
          const encoded = Buffer.from(before + secret, 'utf8').toString(as)
          const redacted = redactorOf(secret).text(encoded)
          expect(Buffer.from(redacted, as).toString('utf8')).not.toContain(secret.toWellFormed())
        },
      ),
    )
  })
})
