import { existsSync, readFileSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { GeneratedSecret } from '../../../core/config/load/load.ts'
import { CONFIG, ConfigFolder, faultsOf, JSON_CONFIG, PLUGINS } from './config-folder.ts'

const withBell = (options: object, files: Record<string, string | object> = {}) =>
  new ConfigFolder({
    ...PLUGINS,
    ...files,
    [JSON_CONFIG]: { ...CONFIG, sources: { bell: { use: 'bell', options } } },
  })

const withEcho = (options: object) =>
  new ConfigFolder({
    ...PLUGINS,
    [JSON_CONFIG]: { ...CONFIG, programs: { deploy: { use: 'echo', options } } },
  })

describe('references', () => {
  it('read environment variables, with a default, anywhere in options', async () => {
    const folder = withEcho({
      command: ['x', { env: 'REGION', default: 'eu' }, { env: 'EMPTY', default: 'filled' }],
      params: [{ name: 'a', default: { env: 'A' } }],
    })
    const config = await folder.load({ env: { A: 'from env', EMPTY: '' } })
    expect(config.programs.get('deploy')).toMatchObject({
      instance: { options: { command: ['x', 'eu', 'filled'] } },
      settings: { params: [{ name: 'a', default: 'from env' }] },
    })
  })

  it('of a variable named like a secret are redacted, even if the option is not marked', async () => {
    const folder = withEcho({ command: ['x', { env: 'DEPLOY_TOKEN' }, { env: 'REGION' }] })
    const config = await folder.load({ env: { DEPLOY_TOKEN: 'a-token', REGION: 'eu-west' } })
    expect(config.secrets).toContain('a-token')
    expect(config.secrets).not.toContain('eu-west')
  })

  it('name the variable that is not set and where it is wanted', async () => {
    const error = await withBell({ secret: { env: 'BELL' } }).fault({ env: { BELL: '' } })
    expect(faultsOf(error)).toMatchObject([
      {
        code: 'env_missing',
        path: 'sources.bell.options.secret',
        message: 'the environment variable BELL is not set',
      },
    ])
  })

  it('are no cause for other faults of the options where a variable is not set', async () => {
    const folder = new ConfigFolder({
      [JSON_CONFIG]: {
        sources: {
          payments: { use: 'stripe', options: { secret: { env: 'STRIPE' } } },
          other: {
            use: 'custom',
            options: { hmac: { header: 'X-Mac', secret: { env: 'OTHER' } } },
          },
        },
        programs: { a: { use: 'subprocess', options: { command: ['true'] } } },
        rules: [{ on: 'payments', run: 'a' }],
      },
    })
    expect(await folder.faults()).toEqual([
      'env_missing sources.payments.options.secret',
      'env_missing sources.other.options.hmac.secret',
    ])
  })

  it('read text as the number or boolean that is expected', async () => {
    const options = {
      command: ['x'],
      loud: { env: 'LOUD' },
      times: { env: 'TIMES' },
      timeoutSeconds: { env: 'LIMIT' },
    }
    const folder = withEcho(options)
    const config = await folder.load({ env: { LOUD: 'true', TIMES: '2', LIMIT: '1.5' } })
    expect(config.programs.get('deploy')).toMatchObject({
      instance: { options: { loud: true, times: 2 } },
      settings: { timeoutSeconds: 1.5 },
    })
    expect(await folder.faults({ env: { LOUD: 'yes', TIMES: 'two', LIMIT: '0' } })).toEqual([
      'option_invalid programs.deploy.options.loud',
      'option_invalid programs.deploy.options.times',
      'option_invalid programs.deploy.options.timeoutSeconds',
    ])
  })

  it('may stand in settings', async () => {
    const folder = new ConfigFolder({
      ...PLUGINS,
      [JSON_CONFIG]: {
        ...CONFIG,
        port: { env: 'PORT' },
        publicUrl: { env: 'URL', default: 'https://a.example/' },
      },
    })
    expect((await folder.load({ env: { PORT: '81' } })).settings).toMatchObject({
      port: 81,
      publicUrl: 'https://a.example',
    })
  })

  it('need not be set for a test, unless a stand-in has not the form', async () => {
    const folder = new ConfigFolder({
      ...PLUGINS,
      [JSON_CONFIG]: { ...CONFIG, publicUrl: { env: 'URL' }, port: { env: 'PORT' } },
    })
    const oidc = { issuer: { env: 'ISSUER' }, clientId: 'a', roles: { admin: { groups: ['a'] } } }
    const url = { ...CONFIG, publicUrl: { env: 'URL' }, admin: { oidc } }
    const { settings } = await new ConfigFolder({ ...PLUGINS, [JSON_CONFIG]: url }).load({
      mode: 'test',
    })
    const stood = 'https://stand-in.invalid'
    expect([settings.publicUrl, settings.admin.oidc?.issuer]).toEqual([stood, stood])
    expect(await folder.faults({ mode: 'test' })).toEqual(['env_missing port'])
  })

  it('read files beside the file that names them, less one final newline', async () => {
    const folder = withBell(
      { secret: { file: 'secrets/bell' } },
      {
        'secrets/bell': 'from a file\n\n',
        'webhooks.d/a.json': {
          sources: { two: { use: 'bell', options: { secret: { file: './two' } } } },
        },
        'webhooks.d/two': 'beside the drop-in',
      },
    )
    const config = await folder.load()
    expect(config.sources.get('bell')?.instance).toMatchObject({
      options: { secret: 'from a file\n' },
    })
    expect(config.secrets).toEqual(['from a file\n', 'beside the drop-in'])
    expect(config.files).toContain(folder.file('secrets/bell'))
    expect(await withBell({ secret: { file: 'gone' } }).faults()).toEqual([
      'file_unreadable sources.bell.options.secret',
    ])
  })

  it('collect every secret', async () => {
    const folder = withBell({ secret: { env: 'BELL' }, keys: ['literal-1', { env: 'KEY' }] })
    const config = await folder.load({ env: { BELL: 'bell-secret', KEY: 'key-secret' } })
    expect(config.secrets.toSorted()).toEqual(['bell-secret', 'key-secret', 'literal-1'])
  })
})

describe('a generated secret', () => {
  const options = { secret: { env: 'BELL', generate: true } }

  it('is made once and kept for its owner only', async () => {
    const folder = withBell(options)
    const made: GeneratedSecret[] = []
    const first = await folder.load({ onGenerated: (secret) => made.push(secret) })
    const file = folder.file('data/secrets/BELL')
    expect(made).toEqual([{ name: 'BELL', value: first.secrets[0], file }])
    expect(first.secrets[0]).toMatch(/^[\w-]{43}$/)
    expect(readFileSync(file, 'utf8')).toBe(`${first.secrets[0]}\n`)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(folder.file('data/secrets')).mode & 0o777).toBe(0o700)
    const second = await folder.load({ onGenerated: (secret) => made.push(secret) })
    expect(second.secrets).toEqual(first.secrets)
    expect(made).toHaveLength(1)
  })

  it('is one and the same for loads at the same time', async () => {
    const folder = withBell(options)
    const loads = await Promise.all([1, 2, 3].map(() => folder.load()))
    expect(new Set(loads.map((config) => config.secrets[0])).size).toBe(1)
  })

  it('is not made where the variable is set, nor by a check', async () => {
    const folder = withBell(options)
    expect((await folder.load({ env: { BELL: 'from env' } })).secrets).toEqual(['from env'])
    await folder.load({ mode: 'check' })
    expect(existsSync(folder.file('data'))).toBe(false)
  })

  it('keeps to the folder of secrets', async () => {
    const folder = withBell({ secret: { env: '../../escape', generate: true } })
    expect(await folder.faults()).toEqual(['option_invalid sources.bell.options.secret'])
    expect(existsSync(folder.file('escape'))).toBe(false)
  })
})
