import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { learnedSecrets } from '../../../core/redaction/learned-secrets.ts'
import { bodyId } from '../../../core/sdk/events/body-id.ts'
import { checkTimestamp, writeTimestamp } from '../../../core/sdk/signing/timestamp.ts'

describe('learned secrets', () => {
  const inFolder = () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'hookline-learned-'))
    onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
    return (name = 'asana') => learnedSecrets({ dataDir, name })
  }

  it('are kept for their owner alone, once each, and seen by others', () => {
    const open = inFolder()
    const [one, other] = [open(), open()]
    expect(one.all()).toEqual([])
    for (const secret of ['first', 'second', 'first']) one.add(secret)
    expect(other.all()).toEqual(['first', 'second'])
    expect(other.all()).toBe(other.all())
    expect(open('another').all()).toEqual([])
  })

  it('lie in one file, whatever the name of the source', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'hookline-learned-'))
    onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
    learnedSecrets({ dataDir, name: '../up' }).add('s')
    const file = join(dataDir, 'secrets', '..%2Fup.learned')
    expect(readFileSync(file, 'utf8')).toBe('s\n')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(dataDir, 'secrets')).mode & 0o777).toBe(0o700)
  })

  it('are the newest hundred', () => {
    const secrets = inFolder()()
    for (let count = 1; count <= 102; count++) secrets.add(`secret-${count}`)
    expect(secrets.all()).toHaveLength(100)
    expect(secrets.all()[0]).toBe('secret-3')
  })

  it.each(['', 'a\nb', 'a\r'])('are never %j', (secret) => {
    expect(() => inFolder()().add(secret)).toThrow(/one line/)
  })
})

describe('times of RFC 3339', () => {
  const now = Date.parse('2026-01-15T12:00:00Z')
  const check = (value: string) =>
    checkTimestamp({ value, unit: 'rfc3339', toleranceSeconds: 60, now })

  it.each([
    '2026-01-15T12:00:00Z',
    '2026-01-15T11:59:30.123456789Z',
    '2026-01-15T13:00:30+01:00',
    writeTimestamp(new Date(now), 'rfc3339'),
  ])('takes %s', (value) => expect(check(value)).toEqual({ ok: true }))

  it.each([
    ['2026-01-15T11:58:59Z', /old/],
    ['2026-01-15T12:01:01Z', /future/],
    ['2026-01-15', /not a date/],
    ['2026-13-45T99:00:00Z', /not a date/],
    ['1768478400', /not a date/],
    ['', /not a date/],
  ])('refuses %s', (value, reason) => {
    expect(check(value)).toMatchObject({ ok: false, reason: expect.stringMatching(reason) })
  })
})

it('makes the same id of the same bytes only', () => {
  expect(bodyId(Buffer.from('{}'))).toBe(bodyId(Uint8Array.from([0x7b, 0x7d])))
  expect(bodyId(Buffer.from('{}'))).not.toBe(bodyId(Buffer.from('{} ')))
})
