import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkRedaction } from '../../../core/redaction/check-redaction.ts'
import { Redactor } from '../../../core/redaction/redactor.ts'
import { cli, emptyFolder } from './cli-process.ts'

const { folder, remove } = emptyFolder()
const SECRETS = {
  option: 'the-secret-of-the-source',
  variable: 'p@ss/word+"from the environment"',
  learned: 'told-by-a-sender-1234',
  admin: 'the-admin-token-of-the-test',
  key: Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)).toString('base64'),
}

beforeAll(() => {
  const config = {
    sources: {
      hook: { use: 'custom', options: { bearer: SECRETS.option } },
      other: { use: 'custom', options: { bearer: { env: 'OTHER' } } },
    },
    redact: ['(?i)card [0-9]{4}', 'ssn-\\d+'],
  }
  writeFileSync(join(folder, 'webhook.config.json'), JSON.stringify(config))
  mkdirSync(join(folder, 'data/secrets'), { recursive: true })
  writeFileSync(join(folder, 'data/secrets/asana.learned'), `${SECRETS.learned}\n`)
  writeFileSync(join(folder, 'data/admin-token'), `${SECRETS.admin}\n`)
  writeFileSync(join(folder, 'data/key'), `${SECRETS.key}\n`, { mode: 0o600 })
})
afterAll(remove)

const run = (args: string[], input = '') =>
  cli(['redact', ...args], { cwd: folder, env: { OTHER: SECRETS.variable }, input })

describe('hookline redact', () => {
  it('redacts its input as the service would', async () => {
    const forms = Object.values(SECRETS).flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret),
      Buffer.from(secret).toString('hex'),
    ])
    const input = `${forms.join('\n')}\nCard 1234, ssn-99 and all else\n`
    const { code, stdout } = await run([], input)
    expect(code).toBe(0)
    expect(stdout.split('\n').slice(0, forms.length).join('')).toMatch(
      /^("?\[redacted\](=|%3D|3d)?"?)+$/,
    )
    expect(stdout).toContain('\n[redacted], [redacted] and all else\n')
  })

  it('finds no leak with --self-test', async () => {
    const { code, stdout } = await run(['--self-test', '--json'])
    const { secrets, tooShort, forms, cuts, leaks } = JSON.parse(stdout)
    expect({ code, tooShort, leaks }).toEqual({ code: 0, tooShort: 0, leaks: [] })
    expect(secrets).toBeGreaterThanOrEqual(Object.keys(SECRETS).length)
    expect(forms).toBeGreaterThan(40)
    expect(cuts).toBeGreaterThan(1000)
    for (const secret of Object.values(SECRETS)) expect(stdout).not.toContain(secret)
  })

  it('reports an invalid pattern like any fault of the config', async () => {
    for (const pattern of ['(', 'a*', '(?=x)y']) {
      const bad = emptyFolder()
      writeFileSync(join(bad.folder, 'webhook.config.json'), JSON.stringify({ redact: [pattern] }))
      const { code, stderr } = await cli(['check'], { cwd: bad.folder })
      bad.remove()
      expect(code).toBe(1)
      expect(stderr).toMatch(/redact\[0\]: is no usable RE2 pattern/)
    }
  })
})

describe('checkRedaction', () => {
  it('finds what a redactor does not know', () => {
    const redactor = new Redactor()
    redactor.add(['known-to-it'])
    const { leaks, tooShort } = checkRedaction(redactor, ['known-to-it', 'unknown-to-it', 'abc'])
    expect(new Set(leaks.map(({ secret }) => secret))).toEqual(new Set([2]))
    expect(tooShort).toBe(1)
  })
})
