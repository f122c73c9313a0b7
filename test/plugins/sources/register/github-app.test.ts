import { github } from 'hookline/sources'
import { describe, expect, it } from 'vitest'
import type { HookRegistrar } from '../../../../core/contracts/provider/registration.ts'
import { SILENT_LOGGER } from '../../../../core/kit/silent-logger.ts'
import { APP_ID, APP_KEY, GithubAppStandIn } from '../../../fixtures/providers/github-app.ts'
import { startStandIn } from '../../../fixtures/providers/stand-ins.ts'

const URL_ONE = 'https://one.example.com/api/webhooks/src'
const HOUR = 3_600_000
const { signal } = new AbortController()

async function setUp(privateKey = APP_KEY) {
  const time = { now: Date.now() }
  const clock = () => time.now
  const app = new GithubAppStandIn(clock)
  const provider = await startStandIn('github', undefined, app)
  const { definition, options } = github({
    secret: 'hook-secret-1234',
    register: {
      ...{ repositories: ['acme/shop', 'acme/site'], organizations: ['acme'] },
      ...{ app: { id: APP_ID, privateKey, hook: false }, apiUrl: provider.url },
    },
  })
  const context = { name: 's', baseDir: '/', dataDir: '/', logger: SILENT_LOGGER, clock }
  const registrar = definition?.create(definition.options.parse(options), context).registrar
  if (registrar === undefined) throw new Error('the source registers nothing')
  const find = (target: string) => registrar.find(target, { id: null, url: URL_ONE }, signal)
  const asked = () => provider.calls.filter(({ path }) => path.endsWith('access_tokens')).length
  return { time, app, provider, registrar, find, asked }
}

const put = (registrar: HookRegistrar, target: string) =>
  registrar.put(target, registrar.wanted(target, URL_ONE, null), null, signal)

describe('repositories and organizations of a GitHub App', () => {
  it('get their webhooks by a token of the installation, which lasts an hour', async () => {
    const { time, app, registrar, find, asked } = await setUp()
    expect(registrar.targets).toEqual(['acme/shop', 'acme/site', 'org:acme'])
    for (const target of registrar.targets) {
      const made = await put(registrar, target)
      expect(await find(target)).toEqual(made)
    }
    const permissions = [...app.tokens.values()].map(({ permission }) => permission)
    expect(permissions).toEqual(['repository_hooks', 'organization_hooks'])
    time.now += HOUR - 6 * 60_000
    await find('acme/shop')
    expect(asked()).toBe(2)
    time.now += 2 * 60_000
    await find('acme/shop')
    await find('acme/site')
    expect(asked()).toBe(3)
  })

  it('are asked for with another token after one is no longer accepted', async () => {
    const { app, find } = await setUp()
    await find('acme/shop')
    app.tokens.clear()
    app.installation = 13
    await expect(find('acme/shop')).rejects.toMatchObject({ code: 'provider_unauthorized' })
    expect(await find('acme/shop')).toBeNull()
  })

  it('say where the app is not installed, or may not do it, and tell no token', async () => {
    const { app, provider, find } = await setUp()
    await expect(find('elsewhere/shop')).rejects.toMatchObject({
      code: 'provider_forbidden',
      message: 'The GitHub App is not installed at elsewhere/shop',
      remedy: expect.stringContaining('Install it'),
    })
    app.granted = ['organization_hooks']
    await expect(find('acme/shop')).rejects.toMatchObject({
      code: 'provider_refused',
      message: expect.stringContaining('permissions requested are not granted'),
    })
    expect(await find('org:acme')).toBeNull()
    const [token = ''] = app.tokens.keys()
    provider.next.push({ status: 403, body: { message: `no ${token} for you` } })
    const refused = find('org:acme')
    await expect(refused).rejects.toMatchObject({ code: 'provider_forbidden' })
    await expect(refused).rejects.not.toThrow(token)
  })

  it('say if the private key is none', async () => {
    const { find } = await setUp('-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----')
    await expect(find('acme/shop')).rejects.toMatchObject({
      code: 'provider_unauthorized',
      message: 'The private key of the GitHub App is no RSA key in PEM',
    })
  })
})
