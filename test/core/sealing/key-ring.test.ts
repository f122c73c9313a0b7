import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toKey } from '../../../core/sealing/key.ts'
import { KeyRing } from '../../../core/sealing/key-ring.ts'

let folder: string
let dataDir: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hookline-keys-'))
  dataDir = join(folder, 'data')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const bytes = () => randomBytes(32)

function ring(env: Record<string, string> = {}, onKeys?: (texts: readonly string[]) => void) {
  return new KeyRing({ env, dataDir, onKeys })
}

function write(name: string, text: string | Uint8Array, mode = 0o600): string {
  const file = join(folder, name)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, text, { mode })
  chmodSync(file, mode)
  return file
}

function failsWith(code: string) {
  return expect.objectContaining({ code })
}

describe('where keys come from', () => {
  it('makes a key file of mode 0600 at the first need, not before', () => {
    const keys = ring()
    expect(existsSync(dataDir)).toBe(false)
    const key = keys.sealing()
    const file = join(dataDir, 'key')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).toMatch(/^[A-Za-z0-9+/]{43}=\n$/)
    expect(ring().sealing().id).toBe(key.id)
    expect(keys.list()).toEqual([{ id: key.id, from: file, seals: true }])
  })

  it('takes the first in order to seal, and all to open', () => {
    const [env, more, named, credential, data] = [bytes(), bytes(), bytes(), bytes(), bytes()]
    write('data/key', `${data.toString('base64')}\n`)
    write('credentials/hookline-key', credential.toString('hex'))
    const file = write('named', `# the key\n${named.toString('base64url')}\n`)
    const all = {
      HOOKLINE_KEY: `${env.toString('base64')}, ${more.toString('hex')}`,
      HOOKLINE_KEY_FILE: file,
      CREDENTIALS_DIRECTORY: join(folder, 'credentials'),
    }
    const keys = ring(all)
    expect(keys.list().map(({ id }) => id)).toEqual(
      [env, more, named, credential, data].map((one) => toKey(one).id),
    )
    expect(keys.sealing().id).toBe(toKey(env).id)
    const { HOOKLINE_KEY: _, ...files } = all
    expect(ring(files).sealing().id).toBe(toKey(named).id)
    const { HOOKLINE_KEY_FILE: __, ...credentials } = files
    expect(ring(credentials).sealing().id).toBe(toKey(credential).id)
    expect(ring().sealing().id).toBe(toKey(data).id)
  })

  it('follows a link to a key file, as Kubernetes lays them', () => {
    const target = write('..data/key', bytes().toString('base64'), 0o444)
    symlinkSync(target, join(folder, 'link'))
    expect(ring({ HOOKLINE_KEY_FILE: join(folder, 'link') }).list()).toHaveLength(1)
  })

  it('tells of keys in the forms that they may be written in, for redaction', () => {
    const told: string[] = []
    const key = bytes()
    ring({ HOOKLINE_KEY: key.toString('base64') }, (texts) => told.push(...texts))
    expect(told).toContain(key.toString('hex'))
    expect(told).toContain(key.toString('base64url'))
    expect(told).toContain(key.toString('base64').replace('=', ''))
  })
})

describe('a key that is not usable', () => {
  it.each([
    ['empty', ''],
    ['only a comment', '# nothing\n'],
    ['too short', randomBytes(16).toString('base64')],
    ['too long', randomBytes(33).toString('hex')],
    ['no base64', `${'#x'.repeat(22)}`],
    ['text of 32 characters', 'this-is-a-passphrase-of-32-chars'],
    ['zeroes', Buffer.alloc(32).toString('base64')],
    ['one byte again and again', 'ab'.repeat(32)],
    ['raw bytes', '\u0001\u0002\u0003'.repeat(11)],
    ['one good and one bad', `${randomBytes(32).toString('hex')},nonsense`],
  ])('is refused, without a word of it: %s', (_name, text) => {
    const file = write('data/key', text)
    const before = readFileSync(file)
    const error = thrown(() => ring())
    expect(error).toMatchObject({ code: 'key_invalid' })
    if (text.length > 3) expect(String(error)).not.toContain(text.slice(0, 12))
    expect(readFileSync(file)).toEqual(before)
    if (text !== '') expect(() => ring({ HOOKLINE_KEY: text })).toThrow()
  })

  it('is refused where it is a folder, or no key file at all', () => {
    mkdirSync(join(dataDir, 'key'), { recursive: true })
    expect(() => ring()).toThrow(failsWith('key_invalid'))
    rmSync(join(dataDir, 'key'), { recursive: true })
    write('data/key', 'x'.repeat(100_000))
    expect(() => ring()).toThrow(failsWith('key_invalid'))
  })

  it.each([0o640, 0o604, 0o660, 0o644])('is refused in a key file of mode %o', (mode) => {
    write('data/key', bytes().toString('base64'), mode)
    expect(() => ring()).toThrow(failsWith('key_unreadable'))
  })

  it('is refused in a named file that others may write, and where there is no such file', () => {
    const file = write('named', bytes().toString('base64'), 0o622)
    expect(() => ring({ HOOKLINE_KEY_FILE: file })).toThrow(failsWith('key_unreadable'))
    expect(() => ring({ HOOKLINE_KEY_FILE: join(folder, 'none') })).toThrow(
      failsWith('key_unreadable'),
    )
    expect(existsSync(join(folder, 'none'))).toBe(false)
  })
})

describe('a key that is not there', () => {
  it('is named, with the places that were looked at; nothing is made', () => {
    const keys = ring()
    expect(() => keys.find('0123456789ab')).toThrow(
      expect.objectContaining({
        code: 'key_missing',
        message: expect.stringMatching(/0123456789ab.*HOOKLINE_KEY.*data\/key/),
      }),
    )
    expect(existsSync(dataDir)).toBe(false)
  })

  it('is not replaced by a new one where the file goes while the node runs', async () => {
    const keys = ring()
    const { id } = keys.sealing()
    rmSync(join(dataDir, 'key'))
    expect(() => keys.find('0123456789ab')).toThrow(failsWith('key_missing'))
    expect(() => keys.sealing()).toThrow(failsWith('key_missing'))
    expect(existsSync(join(dataDir, 'key'))).toBe(false)
    expect(keys.find(id).id).toBe(id)
  })
})

describe('a new key', () => {
  it('is on the disk before it seals, and the old ones stay', () => {
    const keys = ring()
    const first = keys.sealing()
    const second = keys.rotate()
    const third = keys.rotate()
    expect(keys.sealing().id).toBe(third.id)
    expect(
      ring()
        .list()
        .map(({ id }) => id),
    ).toEqual([third.id, second.id, first.id])
    expect(statSync(join(dataDir, 'key')).mode & 0o777).toBe(0o600)
    expect(readdirSync(dataDir)).toEqual(['key'])
  })

  it('is found by a node that was running before', () => {
    const running = ring()
    running.sealing()
    const made = [ring().rotate(), ring().rotate()]
    for (const { id } of made) expect(running.find(id).id).toBe(id)
    expect(running.sealing().id).toBe(made[1]?.id)
  })

  it('is refused where the key comes from the environment or a credential', () => {
    const text = bytes().toString('base64')
    const fixed = ring({ HOOKLINE_KEY: text })
    expect(() => fixed.rotate()).toThrow(failsWith('key_fixed'))
    write('credentials/hookline-key', text)
    const credential = ring({ CREDENTIALS_DIRECTORY: join(folder, 'credentials') })
    expect(() => credential.rotate()).toThrow(failsWith('key_fixed'))
    expect(existsSync(dataDir)).toBe(false)
  })

  it('waits for no other that is being made, and takes the place of one that was left', () => {
    const keys = ring()
    keys.sealing()
    const lock = write('data/key.lock', '1\n')
    expect(() => keys.rotate()).toThrow(failsWith('key_fixed'))
    const long = new Date(Date.now() - 60_000)
    utimesSync(lock, long, long)
    expect(keys.rotate().id).toBe(keys.sealing().id)
    expect(existsSync(lock)).toBe(false)
  })
})

function thrown(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
