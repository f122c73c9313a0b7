import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const top = join(import.meta.dirname, '../../../..')

/** Names of what must not be compared byte by byte, since the time of it tells how far it was right. */
const SECRET = String.raw`\w*(?:token|secret|digest|hash|csrf|cookie|password|signature|hmac|mac)`
/** Whether there is one, of which type it is, and how long, are no secrets. */
const HARMLESS = /^(?:null|undefined|true|false|''|""|\d+|'string'|'object')$/

const EQUAL = /([\w.?[\]'#]+)\s*[!=]==?\s*([\w.?[\]'#]+|''|"")/g
const SEARCHED = new RegExp(
  String.raw`\b${SECRET}s?\??\.(?:includes|startsWith|endsWith|indexOf|localeCompare)\(`,
  'i',
)
const NAMED = new RegExp(String.raw`(?:^|[.?#\]])${SECRET}$`, 'i')

/** Looked at, and harmless. */
const LOOKED_AT: readonly string[] = [
  // A form of the config's own secret, at load: no caller has a part in it.
  "core/sdk/signing/hmac.ts: const text = form === 'whsec' && secret.startsWith('whsec_') ? secret.slice(6) : secret",
  // The place of a secret in a preset, not a secret.
  'plugins/sources/custom/options.ts: if (value === SECRET) return secret',
]

/** Lines that compare a secret in a way that its time tells of. */
function unsafeLines(text: string): string[] {
  return text.split('\n').filter((line) => {
    if (/^\s*(?:\/\/|\*|\/\*)/.test(line)) return false
    if (SEARCHED.test(line)) return true
    return [...line.matchAll(EQUAL)].some(([, left = '', right = '']) => {
      const isNamed = NAMED.test(left) || NAMED.test(right)
      return isNamed && !HARMLESS.test(left) && !HARMLESS.test(right) && !/typeof/.test(line)
    })
  })
}

describe('secrets', () => {
  it('are compared in constant time wherever a caller sends one', () => {
    const files = globSync(
      [
        'core/api/**/*.ts',
        'core/receive/*.ts',
        'core/sdk/signing/*.ts',
        'core/redaction/mask-headers.ts',
        'core/kit/constant-time.ts',
        'plugins/sources/**/*.ts',
      ],
      { cwd: top },
    )
    expect(files.length).toBeGreaterThan(60)
    const found = files.flatMap((file) =>
      unsafeLines(readFileSync(join(top, file), 'utf8')).map((line) => `${file}: ${line.trim()}`),
    )
    expect(found.toSorted()).toEqual(LOOKED_AT.toSorted())
  })

  it.each([
    'if (given === this.#token) return',
    'return session.csrf !== given',
    'if (header == options.secret) {',
    'return token === expectedToken',
    'tokens.includes(given)',
    'return hash.startsWith(given)',
    "if (kept?.digest === other['hash']) return",
  ])('would be found here: %s', (line) => {
    expect(unsafeLines(line)).toEqual([line])
  })

  it.each([
    'if (token === undefined) return null',
    "if (typeof body.token === 'string') return",
    "if (cookie === '') return",
    'if (secrets.length === 0) return',
    '// if (token === given)',
  ])('would not be found here: %s', (line) => {
    expect(unsafeLines(line)).toEqual([])
  })
})
