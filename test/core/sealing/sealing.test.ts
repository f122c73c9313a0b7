import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Key, toKey } from '../../../core/sealing/key.ts'
import { Sealer, type SealingContext } from '../../../core/sealing/sealer.ts'

const CONTEXT: SealingContext = { kind: 'document', path: ['document', 'sources', 'github'] }
const key = toKey(randomBytes(32))
const sealer = sealerOf(key)

function sealerOf(...keys: Key[]): Sealer {
  return new Sealer({
    sealing: () => keys[0] ?? key,
    find: (id) => {
      const found = keys.find((one) => one.id === id)
      if (found === undefined) throw new Error(`no key ${id}`)
      return found
    },
  })
}

describe('a sealed value', () => {
  it('is ASCII text that names its key and holds nothing of what was sealed', () => {
    const sealed = sealer.seal(CONTEXT, 'a secret of the test ä')
    expect(sealed).toMatch(/^hl1\.[0-9a-f]{12}\.document\.[\w-]{38}\.[\w-]+$/)
    expect(sealed.split('.')[1]).toBe(key.id)
    for (const part of sealed.split('.')) {
      expect(Buffer.from(part, 'base64url').toString('latin1')).not.toContain('secret')
    }
    expect(sealer.openSealed(CONTEXT, sealed)).toBe('a secret of the test ä')
  })

  it('is another one each time', () => {
    const sealed = Array.from({ length: 100 }, () => sealer.seal(CONTEXT, 'same'))
    expect(new Set(sealed).size).toBe(100)
    expect(new Set(sealed.map((text) => text.split('.')[3])).size).toBe(100)
  })

  it('gives back any bytes, and any text', () => {
    const body: SealingContext = { kind: 'body', path: ['delivery', 'dlv_1'] }
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.string({ unit: 'grapheme' }),
        (bytes, text) => {
          expect(Buffer.from(sealer.openBytes(body, sealer.seal(body, bytes)))).toEqual(
            Buffer.from(bytes),
          )
          const wellFormed = text.toWellFormed()
          expect(sealer.open(CONTEXT, sealer.seal(CONTEXT, wellFormed))).toBe(wellFormed)
        },
      ),
    )
  })

  it('takes 25 MiB', () => {
    const body: SealingContext = { kind: 'body', path: ['delivery', 'dlv_1'] }
    const bytes = randomBytes(25 * 1024 * 1024)
    const sealed = sealer.seal(body, bytes)
    expect(bytes.equals(sealer.openBytes(body, sealed))).toBe(true)
  })

  it('is refused with any bit changed, anywhere', () => {
    const sealed = sealer.seal(CONTEXT, 'short')
    const changed = [...sealed].flatMap((character, index) =>
      [1, 2, 4, 8, 16, 32, 64, 128].map((bit) => {
        const other = String.fromCharCode(character.charCodeAt(0) ^ bit)
        return sealed.slice(0, index) + other + sealed.slice(index + 1)
      }),
    )
    for (const text of changed) {
      expect(() => sealer.openSealed(CONTEXT, text), text).toThrow(/stored value|no key/)
    }
  })

  it('is refused cut at any place, or with something behind it', () => {
    const sealed = sealer.seal(CONTEXT, 'a value')
    for (let length = 0; length < sealed.length; length++) {
      expect(() => sealer.openSealed(CONTEXT, sealed.slice(0, length))).toThrow()
    }
    for (const more of ['A', 'AAAA', '=', '.', '\n', ' ', '\0']) {
      expect(() => sealer.openSealed(CONTEXT, sealed + more)).toThrow()
    }
  })

  it.each<[string, SealingContext]>([
    ['another name', { kind: 'document', path: ['document', 'sources', 'gitlab'] }],
    ['another collection', { kind: 'document', path: ['document', 'programs', 'github'] }],
    ['a name that reads alike', { kind: 'document', path: ['document', 'sources/github'] }],
    ['another kind', { kind: 'payload', path: ['document', 'sources', 'github'] }],
  ])('is refused in %s', (_name, context) => {
    const sealed = sealer.seal(CONTEXT, 'a value')
    expect(() => sealer.openSealed(context, sealed)).toThrow(
      expect.objectContaining({ code: 'sealed_value_broken' }),
    )
    // It is refused even if the kind in the value itself is changed to match.
    const renamed = sealed.replace('.document.', `.${context.kind}.`)
    expect(() => sealer.openSealed(context, renamed)).toThrow(
      expect.objectContaining({ code: 'sealed_value_broken' }),
    )
  })

  it('is refused by another key that claims its id', () => {
    const other = { ...toKey(randomBytes(32)), id: key.id }
    expect(() => sealerOf(other).openSealed(CONTEXT, sealer.seal(CONTEXT, 'a value'))).toThrow(
      expect.objectContaining({ code: 'sealed_value_broken' }),
    )
  })

  it('says in its error where the value is, and nothing of the value', () => {
    const sealed = `${sealer.seal(CONTEXT, 'a value').slice(0, -3)}`
    const error = thrownBy(() => sealer.openSealed(CONTEXT, sealed))
    expect(error.message).toContain('document/sources/github')
    expect(error.message).not.toContain(sealed.slice(20, 40))
  })
})

describe('a plain value', () => {
  it.each(['', 'text', '{"a":1}', 'hl1', 'hl2.x', ' hl1.x'])('%j is opened as it is', (text) => {
    expect(sealer.escape(text)).toBe(text)
    expect(sealer.open(CONTEXT, text)).toBe(text)
  })

  it('that looks like a sealed one comes back as it was', () => {
    const sealed = sealer.seal(CONTEXT, 'x')
    for (const text of ['hl1.', 'hl1.plain.', 'hl1.plain.hl1.plain.x', sealed, `${sealed} y`]) {
      const kept = sealer.escape(text)
      expect(kept).not.toBe(text)
      expect(sealer.open(CONTEXT, kept)).toBe(text)
    }
  })

  it('is refused where all must be sealed', () => {
    for (const text of ['', '{}', 'hl1.plain.{}', 'hl1.x']) {
      expect(() => sealer.openSealed(CONTEXT, text)).toThrow(
        expect.objectContaining({ code: 'sealed_value_broken' }),
      )
    }
  })
})

function thrownBy(call: () => unknown): Error {
  try {
    call()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}
