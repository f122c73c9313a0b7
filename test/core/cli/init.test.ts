import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { builtInSources } from '../../../core/config/modules/built-in.ts'
import { cli, emptyFolder } from './cli-process.ts'

const PLAIN_VALUE = 'a-value-of-the-test-that-is-long-enough'
const publicKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey

/** Where a source checks the form of what it is given. */
const VALUES: Readonly<Record<string, string>> = {
  ADYEN_HMAC_KEY: 'ab'.repeat(32),
  DISCORD_PUBLIC_KEY: 'ab'.repeat(32),
  MSTEAMS_SECRET: Buffer.from(PLAIN_VALUE).toString('base64'),
  SENDGRID_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  SNS_TOPICS: 'arn:aws:sns:eu-west-1:123456789012:deploys',
  STANDARDWEBHOOKS_SECRET: `whsec_${Buffer.alloc(32, 'a').toString('base64')}`,
  SVIX_SECRET: `whsec_${Buffer.alloc(32, 'a').toString('base64')}`,
}

let place = emptyFolder()
beforeEach(() => {
  place = emptyFolder()
})
afterEach(() => place.remove())

const run = (...args: string[]) => cli(args, { cwd: place.folder })

describe('hookline init', () => {
  it.each(['ts', 'json', 'yaml'])('writes a config as %s that passes check', async (format) => {
    const written = await run(
      'init',
      '--source',
      'github,gitlab',
      'custom,razorpay',
      '--format',
      format,
    )
    expect(written).toMatchObject({ code: 0, stderr: '' })
    expect(written.stdout).toContain(`wrote webhook.config.${format}`)
    const { code, stdout, stderr } = await run('check', '--json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const checked = JSON.parse(stdout)
    expect(checked.sources.map(({ name }: { name: string }) => name)).toEqual([
      ...['github', 'gitlab', 'custom', 'razorpay'],
    ])
    expect(checked.rules).toHaveLength(4)
    expect(checked.warnings).toEqual([])
  })

  it('sets up github with --yes', async () => {
    expect(await run('init', '--yes')).toMatchObject({ code: 0 })
    expect(readFileSync(join(place.folder, 'webhook.config.ts'), 'utf8')).toContain('github({')
    expect(existsSync(join(place.folder, 'programs/show-event.mjs'))).toBe(true)
  })

  it('does not guess without a terminal', async () => {
    const { code, stderr } = await run('init')
    expect(code).toBe(2)
    expect(stderr).toContain('Give --source')
    expect(existsSync(join(place.folder, 'webhook.config.ts'))).toBe(false)
  })

  it.each(['webhook.config.ts', 'webhook.config.yaml'])('overwrites no %s', async (file) => {
    writeFileSync(join(place.folder, file), 'mine')
    const refused = await run('init', '--yes')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain(`${file} already exists`)
    expect(readFileSync(join(place.folder, file), 'utf8')).toBe('mine')
    expect(existsSync(join(place.folder, 'programs'))).toBe(false)
  })

  it('overwrites with --force', async () => {
    writeFileSync(join(place.folder, 'webhook.config.ts'), 'mine')
    expect(await run('init', '--yes', '--force')).toMatchObject({ code: 0 })
    expect(readFileSync(join(place.folder, 'webhook.config.ts'), 'utf8')).toContain('defineConfig')
  })

  it('sets up every source, each from the environment', async () => {
    const names = (await builtInSources()).map(({ name }) => name)
    expect(names.length).toBeGreaterThan(40)
    const written = await run('init', '--source', ...names, '--format', 'ts')
    expect(written).toMatchObject({ code: 0, stderr: '' })
    const text = readFileSync(join(place.folder, 'webhook.config.ts'), 'utf8')
    const variables = [...text.matchAll(/env\('(\w+)'/g)].map((match) => match[1] ?? '')
    const env = Object.fromEntries(variables.map((name) => [name, VALUES[name] ?? PLAIN_VALUE]))
    const checked = await cli(['check', '--json'], { cwd: place.folder, env })
    expect({ code: checked.code, stderr: checked.stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(checked.stdout).sources).toHaveLength(names.length)
  })

  it('refuses a source it does not know', async () => {
    const { code, stderr } = await run('init', '--source', 'githbu')
    expect(code).toBe(2)
    expect(stderr).toContain("cannot set up a source 'githbu'")
  })
})
