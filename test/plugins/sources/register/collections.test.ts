import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bitbucket, gitea, github, gitlab, stripe } from 'hookline/sources'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { HookRegistrar } from '../../../../core/contracts/provider/registration.ts'
import type { SourceUse } from '../../../../core/contracts/source.ts'
import { SILENT_LOGGER } from '../../../../core/kit/silent-logger.ts'
import {
  PROVIDER_TOKEN,
  type StandIn,
  type StandInName,
  startStandIn,
} from '../../../fixtures/providers/stand-ins.ts'

const URL_ONE = 'https://one.example.com/api/webhooks/src'
const URL_TWO = 'https://two.example.com/api/webhooks/src'
const { signal } = new AbortController()
const SECRET = 'hook-secret-1234'

const USES: Record<StandInName, (apiUrl: string, token: string) => SourceUse> = {
  github: (apiUrl, token) =>
    github({
      secret: SECRET,
      register: { repositories: ['acme/shop'], organizations: ['acme'], token, apiUrl },
    }),
  gitlab: (apiUrl, token) =>
    gitlab({
      token: SECRET,
      register: { projects: ['acme/shop', 7], groups: ['acme'], token, apiUrl },
    }),
  gitea: (apiUrl, token) =>
    gitea({
      secret: SECRET,
      register: { repositories: ['acme/shop'], organizations: ['acme'], token, apiUrl },
    }),
  bitbucket: (apiUrl, token) =>
    bitbucket({
      secret: SECRET,
      register: { repositories: ['acme/shop'], workspaces: ['acme'], token, apiUrl },
    }),
  stripe: (apiUrl, token) => stripe({ register: { token, apiUrl } }),
}
const NAMES = Object.keys(USES) as StandInName[]

function makeRegistrar(use: SourceUse): { registrar: HookRegistrar; dataDir: string } {
  const dataDir = mkdtempSync(join(tmpdir(), 'hookline-register-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const { definition, options } = use
  if (definition === undefined) throw new Error('made by code')
  const context = { name: 'src', baseDir: '/', dataDir, logger: SILENT_LOGGER, clock: Date.now }
  const { registrar } = definition.create(definition.options.parse(options), context)
  if (registrar === undefined) throw new Error('the source registers nothing')
  return { registrar, dataDir }
}

async function setUp(name: StandInName, token = PROVIDER_TOKEN) {
  const provider = await startStandIn(name)
  return { provider, ...makeRegistrar(USES[name](provider.url, token)) }
}

function hooksOf({ hooks }: StandIn) {
  return [...hooks.values()].flatMap((list) => [...list.values()])
}

describe.each(NAMES)('%s', (name) => {
  it('creates one hook for each target, and finds it again by its id or its URL', async () => {
    const { provider, registrar } = await setUp(name)
    for (const target of registrar.targets) {
      const wanted = registrar.wanted(target, URL_ONE, null)
      expect(await registrar.find(target, { id: null, url: URL_ONE }, signal)).toBeNull()
      const made = await registrar.put(target, wanted, null, signal)
      expect(made).toMatchObject({ url: URL_ONE, settings: wanted.settings })
      expect(await registrar.find(target, { id: made.id, url: URL_TWO }, signal)).toEqual(made)
      expect(await registrar.find(target, { id: null, url: URL_ONE }, signal)).toEqual(made)
      expect(await registrar.find(target, { id: '9999', url: URL_ONE }, signal)).toEqual(made)
      expect(await registrar.find(target, { id: null, url: `${URL_ONE}/` }, signal)).toBeNull()
    }
    expect(hooksOf(provider)).toHaveLength(registrar.targets.length)
  })

  it('changes the URL of its hook, and never another one', async () => {
    const { provider, registrar } = await setUp(name)
    const [target = ''] = registrar.targets
    const put = (url: string, current: Awaited<ReturnType<HookRegistrar['find']>>) =>
      registrar.put(target, registrar.wanted(target, url, null), current, signal)
    const other = await put('https://other.example.com/hook', null)
    const made = await put(URL_ONE, null)
    const changed = await put(URL_TWO, made)
    expect(changed).toMatchObject({ id: made.id, url: URL_TWO })
    expect(hooksOf(provider)).toHaveLength(2)
    await registrar.remove(target, changed, signal)
    await registrar.remove(target, changed, signal)
    expect(hooksOf(provider)).toHaveLength(1)
    const left = { id: other.id, url: other.url }
    expect(await registrar.find(target, left, signal)).toEqual(other)
  })

  it('fails clearly for a wrong token, a target that is not there and an outage', async () => {
    const wrong = await setUp(name, 'wrong-token-5678')
    const [target = ''] = wrong.registrar.targets
    const find = (registrar: HookRegistrar) =>
      registrar.find(target, { id: null, url: URL_ONE }, signal)
    await expect(find(wrong.registrar)).rejects.toMatchObject({ code: 'provider_unauthorized' })
    const { provider, registrar } = await setUp(name)
    provider.next.push({ status: 404 }, { status: 503 }, 'drop')
    await expect(find(registrar)).rejects.toMatchObject({ code: 'provider_not_found' })
    await expect(find(registrar)).rejects.toMatchObject({ code: 'provider_unavailable' })
    await expect(find(registrar)).rejects.toMatchObject({ code: 'provider_unavailable' })
  })

  it('has a mark that changes with the secret only, and does not tell it', async () => {
    const { registrar } = await setUp(name)
    const [target = ''] = registrar.targets
    const marks = [URL_ONE, URL_TWO].map((url) => registrar.wanted(target, url, null).mark)
    expect(new Set(marks).size).toBe(1)
    expect(JSON.stringify(registrar.wanted(target, URL_ONE, null))).not.toContain(SECRET)
  })
})

describe('other targets', () => {
  it.each([
    ['github', ['owner/repository', 'org:organization'], 'org:acme'],
    ['gitlab', ['group/project', 'group:group'], 'group:acme'],
    ['gitea', ['owner/repository', 'org:organization'], 'org:acme'],
    ['bitbucket', ['workspace/repository', 'workspace:workspace'], 'workspace:acme'],
  ] as const)('of %s are written as %j', async (name, forms, group) => {
    const { others } = (await setUp(name)).registrar
    expect(others?.forms).toEqual(forms)
    expect(others?.read('acme/a.b-c_d')).toBe('acme/a.b-c_d')
    expect([others?.read('org:acme'), others?.read(group)]).toEqual([group, group])
    const odd = ['', 'acme/', '../..', 'acme/..', './shop', 'a b/c', 'org:', 'org:..', 'org:a b']
    const odder = [...odd, `acme/${'x'.repeat(300)}`, 'acme/shop?x=1', 'acme/shop\n', 'other:acme']
    expect(odder.map((text) => others?.read(text))).toEqual(odder.map(() => null))
  })

  it('are projects of subgroups and numbers, too, at GitLab; and none at Stripe', async () => {
    const { others } = (await setUp('gitlab')).registrar
    const texts = ['acme/tools/shop', '7', 'group:acme/tools', 'group:7']
    expect(texts.map((text) => others?.read(text))).toEqual(texts)
    expect(['acme', 'a/../b', 'acme//b'].map((text) => others?.read(text))).toEqual([
      null,
      null,
      null,
    ])
    expect((await setUp('stripe')).registrar.others).toBeUndefined()
  })
})

describe('events', () => {
  it('are those that a person has chosen', async () => {
    for (const [name, events] of [
      ['github', ['push', 'release']],
      ['gitlab', ['push_events', 'releases_events']],
      ['gitea', ['push', 'release']],
      ['bitbucket', ['repo:fork', 'repo:push']],
    ] as const) {
      const { registrar } = await setUp(name)
      const chosen = [...events].toReversed()
      expect(registrar.wanted('acme/shop', URL_ONE, ['issues'], chosen).events).toEqual(events)
    }
    const { registrar } = await setUp('gitlab')
    const wanted = (event: string) => registrar.wanted('acme/shop', URL_ONE, null, [event])
    expect(wanted('merge_request').events).toEqual(['merge_requests_events'])
    expect(() => wanted('pushes')).toThrow(/knows no event 'pushes'/)
  })

  it.each([
    ['github', null, ['*']],
    ['github', ['push', 'pull_request.opened', 'pull_request.closed'], ['pull_request', 'push']],
    ['gitlab', ['merge_request.open', 'push'], ['merge_requests_events', 'push_events']],
    [
      'gitea',
      ['pull_request_approved', 'issues.opened'],
      ['issues', 'pull_request_review_approved'],
    ],
    ['bitbucket', ['repo:push'], ['repo:push']],
    ['stripe', null, ['*']],
    ['stripe', ['invoice.paid', 'price.created'], ['invoice.paid', 'price.created']],
    ['stripe', ['invoice', 'price.created'], ['*']],
  ] as const)('of %s for %j are %j', async (name, types, events) => {
    const { registrar } = await setUp(name)
    const [target = ''] = registrar.targets
    expect(registrar.wanted(target, URL_ONE, types).events).toEqual(events)
  })

  it('are those of the option, if it is set', () => {
    const register = { repositories: ['a/b'], token: 't', events: ['release', 'push'] }
    const { registrar } = makeRegistrar(github({ secret: 's', register }))
    expect(registrar.wanted('a/b', URL_ONE, ['issues']).events).toEqual(['push', 'release'])
  })
})

describe('stripe', () => {
  it('keeps the signing secret of its endpoint, and refuses one whose secret it does not know', async () => {
    const { provider, registrar, dataDir } = await setUp('stripe')
    const wanted = registrar.wanted('account', URL_ONE, null)
    await registrar.put('account', wanted, null, signal)
    const kept = readFileSync(join(dataDir, 'secrets', 'src.learned'), 'utf8')
    expect(kept).toBe(`whsec_${'s'.repeat(20)}1\n`)
    const other = makeRegistrar(USES.stripe(provider.url, PROVIDER_TOKEN)).registrar
    await expect(other.find('account', { id: null, url: URL_ONE }, signal)).rejects.toMatchObject({
      code: 'registration_taken',
      remedy: expect.stringContaining('signing secret'),
    })
  })
})

describe('a webhook that GitLab disabled after failures', () => {
  async function setUpDisabled(events: readonly string[]) {
    const tests: string[] = []
    const fate = { heals: true }
    const provider = await startStandIn('gitlab', async ({ method, path }) => {
      const [, list = '', id = '', trigger] = /^(.*)\/(\w+)\/test\/(\w+)$/.exec(path) ?? []
      if (method !== 'POST' || trigger === undefined) return null
      tests.push(trigger)
      const hook = provider.hooks.get(list)?.get(id)
      if (!fate.heals) return { status: 422, body: { message: 'Request failed with 502' } }
      provider.hooks.get(list)?.set(id, { ...hook, alert_status: 'executable' })
      return { status: 201, body: { message: '201 Created' } }
    })
    const { registrar } = makeRegistrar(USES.gitlab(provider.url, PROVIDER_TOKEN))
    const wanted = registrar.wanted('acme/shop', URL_ONE, null, events)
    const made = await registrar.put('acme/shop', wanted, null, signal)
    const [list] = provider.hooks.values()
    list?.set(made.id, { ...list.get(made.id), alert_status: 'temporarily_disabled' })
    const found = await registrar.find('acme/shop', { id: made.id, url: URL_ONE }, signal)
    return { tests, fate, put: () => registrar.put('acme/shop', wanted, found, signal), found }
  }

  it('is enabled by a test delivery that no rule is on', async () => {
    const { tests, put, found } = await setUpDisabled(['push'])
    expect(found?.settings).toMatchObject({ alert_status: 'temporarily_disabled' })
    expect((await put()).settings).toMatchObject({ alert_status: 'executable' })
    expect(tests).toEqual(['resource_access_token_events'])
  })

  it('is a fault if a test fails, or would run programs', async () => {
    const { fate, put } = await setUpDisabled(['push'])
    fate.heals = false
    const failed = { code: 'registration_disabled', message: expect.stringMatching(/with 502/) }
    await expect(put()).rejects.toMatchObject(failed)
    const all = await setUpDisabled(['resource_access_token'])
    await expect(all.put()).rejects.toMatchObject({ code: 'registration_disabled' })
    expect(all.tests).toEqual([])
  })
})

describe('options', () => {
  it.each([
    ['no token and no app', () => github({ secret: 's', register: {} })],
    [
      'another path',
      () => gitea({ secret: 's', register: { repositories: ['a/..'], token: 't' } }),
    ],
    [
      'an event that there is not',
      () => gitlab({ token: 's', register: { projects: [1], token: 't', events: ['pushes'] } }),
    ],
    ['no token', () => github({ secret: 's', register: { repositories: ['a/b'] } })],
    [
      'a signing token',
      () => gitlab({ signingToken: 's', register: { projects: [1], token: 't' } }),
    ],
    ['no secret', () => stripe({})],
  ])('refuse %s', (_, use) => {
    const { definition, options } = use() as SourceUse
    expect(definition?.options.safeParse(options).success).toBe(false)
  })
})
