import { describe, expect, it } from 'vitest'
import { Redactor } from '../../../core/redaction/redactor.ts'
import { secretForms } from '../../../core/redaction/secret-forms.ts'

describe('a secret of any length', () => {
  const secret = Array.from({ length: 30_000 }, (_, index) => `${index}#`).join('')
  const redactor = new Redactor()
  redactor.add([secret, 'short-secret'])

  it('is redacted in every form', () => {
    for (const form of secretForms(secret)) {
      expect(redactor.text(`a ${form} b short-secret`)).toBe('a [redacted] b [redacted]')
    }
  })

  it('is redacted where it comes in pieces', () => {
    const stream = redactor.stream()
    const text = `a ${secret} b`
    let redacted = ''
    for (let at = 0; at < text.length; at += 65_536) {
      redacted += stream.write(text.slice(at, at + 65_536))
    }
    expect(redacted + stream.end()).toBe('a [redacted] b')
  })
})

describe('secrets of any number', () => {
  it('are redacted, and cost other text next to nothing', { timeout: 60_000 }, () => {
    const redactor = new Redactor()
    const secrets = Array.from({ length: 50_000 }, (_, index) => `hkl_${index * 7919}-of-many`)
    for (let at = 0; at < secrets.length; at += 1000) redactor.add(secrets.slice(at, at + 1000))
    for (const index of [0, 1, 25_000, 49_999]) {
      const secret = secrets[index] ?? ''
      const hex = Buffer.from(secret).toString('hex')
      expect(redactor.text(`${secret} ${hex}.`)).toBe('[redacted] [redacted].')
    }
    const line = 'a line of a program that has no secret in it, hkl_ or other, but words\n'.repeat(
      100,
    )
    const begun = performance.now()
    expect(redactor.text(line)).toBe(line)
    expect(performance.now() - begun).toBeLessThan(1000)
  })
})
