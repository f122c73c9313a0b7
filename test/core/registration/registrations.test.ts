import { github } from 'hookline/sources'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { RunningConfig } from '../../../core/contracts/config.ts'
import { SILENT_LOGGER } from '../../../core/kit/silent-logger.ts'
import { RegistrationClaim } from '../../../core/registration/claim.ts'
import { chooseRegistrations } from '../../../core/registration/register-hook.ts'
import { Registrations } from '../../../core/registration/registrations.ts'
import { PROVIDER_TOKEN, type StandIn, startStandIn } from '../../fixtures/providers/stand-ins.ts'
import { openStore } from '../config/managed-setup.ts'
import { createLogger, until } from '../work/setup.ts'

const ONE = 'https://one.example.com'
const TWO = 'https://two.example.com'
const LIST = '/repos/acme/shop/hooks'

interface Wish {
  readonly publicUrl?: string
  readonly on?: readonly string[]
  readonly secret?: string
  readonly removeAtStop?: boolean
  readonly token?: string
}

/** A config with one GitHub source, as far as registrations read it. */
function configOf(provider: StandIn, wish: Wish): RunningConfig {
  const { publicUrl = ONE, on = ['gh.push'], secret = 's', removeAtStop = false } = wish
  const { token = PROVIDER_TOKEN } = wish
  const { definition, options } = github({
    secret,
    register: { repositories: ['acme/shop'], token, removeAtStop, apiUrl: provider.url },
  })
  if (definition === undefined) throw new Error('made by code')
  const context = { name: 'gh', baseDir: '/', dataDir: '/', logger: SILENT_LOGGER, clock: Date.now }
  const instance = definition.create(definition.options.parse(options), context)
  return {
    settings: { publicUrl, node: { name: 'n' } },
    sources: new Map([['gh', { name: 'gh', instance }]]),
    rules: on.map((name) => ({ on: name })),
    tunnel: null,
  } as unknown as RunningConfig
}

async function setUp(wish: Wish = {}) {
  const provider = await startStandIn('github')
  const store = await openStore()
  const clock = { now: Date.now() }
  const logger = createLogger()
  const open = (first: Wish) => {
    let config = configOf(provider, first)
    const registrations = new Registrations({
      config: () => config,
      store,
      logger,
      redact: (text) => text,
      clock: () => clock.now,
    })
    onTestFinished(() => registrations.close())
    return {
      registrations,
      change: (next: Wish) => {
        config = configOf(provider, next)
        registrations.configChanged()
      },
    }
  }
  const hooks = () => [...(provider.hooks.get(LIST)?.values() ?? [])]
  const urls = () => hooks().map((hook) => (hook['config'] as { url: string }).url)
  return { provider, store, clock, logger, hooks, urls, open, ...open(wish) }
}

type Parts = Awaited<ReturnType<typeof setUp>>

const stateOf = async ({ registrations }: Pick<Parts, 'registrations'>) =>
  (await registrations.list())[0]?.record
const registered = (parts: Pick<Parts, 'registrations'>, url = ONE) =>
  until(async () => {
    const record = await stateOf(parts)
    const isDone = record?.fault === null && record.remote?.url === `${url}/api/webhooks/gh`
    return isDone && record
  })
const writes = ({ provider }: Parts) => provider.calls.filter(({ method }) => method !== 'GET')

describe('registrations', () => {
  it('create a hook for what rules are on, and say so in the audit log', async () => {
    const parts = await setUp({ on: ['gh.pull_request.opened', 'gh.push', 'other.release'] })
    parts.registrations.start()
    const record = await registered(parts)
    expect(record).toMatchObject({ id: '1', failures: 0 })
    expect(parts.hooks()).toMatchObject([
      {
        active: true,
        events: ['pull_request', 'push'],
        config: { url: `${ONE}/api/webhooks/gh`, content_type: 'json' },
      },
    ])
    const entries = await parts.store.auditEntries({ limit: 10 })
    expect(entries.map(({ action, target }) => [action, target])).toEqual([
      ['webhook.register', 'gh acme/shop'],
    ])
  })

  it('do not double a hook after a restart, nor where the store was lost', async () => {
    const parts = await setUp()
    parts.registrations.start()
    await registered(parts)
    await parts.registrations.close()
    const before = writes(parts).length
    const again = parts.open({})
    again.registrations.start()
    await until(() => parts.provider.calls.filter(({ method }) => method === 'GET').length > 1)
    await again.registrations.close()
    expect(writes(parts)).toHaveLength(before)
    await parts.store.writeDocuments(
      (await parts.store.documents('registrations')).map(({ collection, name }) => {
        return { collection, name, value: null }
      }),
      null,
    )
    const third = parts.open({})
    third.registrations.start()
    await registered(third)
    expect(parts.urls()).toEqual([`${ONE}/api/webhooks/gh`])
  })

  it("change the same hook for a new URL, and leave others' hooks alone", async () => {
    const parts = await setUp()
    const theirs = { id: '77', active: true, events: ['push'], config: { url: `${ONE}/other` } }
    parts.provider.hooks.set(LIST, new Map([['77', theirs]]))
    parts.registrations.start()
    await registered(parts)
    parts.change({ publicUrl: TWO })
    await registered(parts, TWO)
    expect(parts.urls()).toEqual([`${ONE}/other`, `${TWO}/api/webhooks/gh`])
    expect(parts.provider.hooks.get(LIST)?.get('77')).toBe(theirs)
  })

  it('find the hook of a call whose answer was lost, also by the URL of that time', async () => {
    const parts = await setUp()
    const url = `${ONE}/api/webhooks/gh`
    parts.registrations.start()
    await registered(parts)
    const [document] = await parts.store.documents('registrations')
    if (document === undefined) throw new Error('nothing was stored')
    const value = JSON.stringify({ ...JSON.parse(document.value), id: null, url, remote: null })
    await parts.store.writeDocuments([{ ...document, value }], null)
    parts.change({ publicUrl: TWO })
    await registered(parts, TWO)
    expect(parts.urls()).toEqual([`${TWO}/api/webhooks/gh`])
  })

  it('put right what was changed by hand, and send a new secret', async () => {
    const parts = await setUp()
    parts.registrations.start()
    await registered(parts)
    const [hook] = parts.hooks()
    parts.provider.hooks.get(LIST)?.set('1', { ...hook, active: false, events: ['star'] })
    const [result] = await parts.registrations.run({ action: 'register' })
    expect(result).toMatchObject({
      action: 'updated',
      changes: ['events: +push -star', 'active: false → true'],
    })
    expect(parts.hooks()).toMatchObject([{ active: true, events: ['push'] }])
    parts.change({ secret: 'another' })
    await until(() => writes(parts).at(-1)?.body.includes('another'))
  })

  it('say what they would do, and do it on request', async () => {
    const parts = await setUp()
    const dry = await parts.registrations.run({ action: 'register', dryRun: true })
    expect(dry).toMatchObject([
      { action: 'created', changes: [expect.any(String), 'events: push'] },
    ])
    expect(parts.hooks()).toEqual([])
    expect(await parts.registrations.run({ action: 'register' })).toMatchObject([
      { action: 'created' },
    ])
    expect(await parts.registrations.run({ action: 'register' })).toMatchObject([
      { action: 'unchanged', changes: [] },
    ])
    const removal = { action: 'unregister', source: 'gh', targets: ['acme/shop'] } as const
    expect(await parts.registrations.run({ ...removal, dryRun: true })).toMatchObject([
      { action: 'removed' },
    ])
    expect(parts.hooks()).toHaveLength(1)
    expect(await parts.registrations.run(removal)).toMatchObject([{ action: 'removed' }])
    expect(parts.hooks()).toEqual([])
    expect(await stateOf(parts)).toMatchObject({ removed: true, id: null })
    await expect(
      parts.registrations.run({ action: 'register', targets: ['acme/none'] }),
    ).rejects.toMatchObject({
      code: 'registration_unknown',
      message: expect.stringContaining('acme/shop'),
    })
    expect(() => chooseRegistrations([], { action: 'register' })).toThrow(
      /^No source has the option `register`$/,
    )
  })

  it('do not register again what was removed on request', async () => {
    const parts = await setUp()
    await parts.registrations.run({ action: 'register' })
    await parts.registrations.run({ action: 'unregister' })
    const before = parts.provider.calls.length
    parts.registrations.start()
    parts.change({ on: ['gh.release'] })
    // A second request waits for the pass that the change began.
    await parts.registrations.run({ action: 'unregister', dryRun: true })
    expect(parts.provider.calls.slice(before).map(({ method }) => method)).not.toContain('POST')
    expect(parts.hooks()).toEqual([])
  })

  it('try again after an outage, a time-out and a rate limit, when the provider allows it', async () => {
    const parts = await setUp()
    const limited = { 'x-ratelimit-remaining': '0', 'retry-after': '600' }
    parts.provider.next.push('hang', { status: 503 }, { status: 403, headers: limited })
    const { timeout } = AbortSignal
    const quick = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout(ms / 100))
    onTestFinished(() => quick.mockRestore())
    const [late] = await parts.registrations.run({ action: 'register' })
    expect(late).toMatchObject({
      action: 'failed',
      fault: { code: 'provider_unavailable', message: expect.stringMatching(/no answer within/) },
    })
    quick.mockRestore()
    expect((await stateOf(parts))?.nextAt).toBe(parts.clock.now + 5000)
    const [down] = await parts.registrations.run({ action: 'register' })
    expect(down).toMatchObject({ action: 'failed', fault: { code: 'provider_unavailable' } })
    expect((await stateOf(parts))?.nextAt).toBe(parts.clock.now + 10_000)
    await parts.registrations.run({ action: 'register' })
    const record = await stateOf(parts)
    expect(record).toMatchObject({ failures: 3, fault: { code: 'provider_rate_limited' } })
    expect(record?.nextAt).toBe(parts.clock.now + 600_000)
    parts.clock.now += 600_001
    parts.registrations.start()
    expect(await registered(parts)).toMatchObject({ failures: 0 })
  })

  it('tell a wrong token once, without the token', async () => {
    const parts = await setUp({ token: 'wrong-token-5678' })
    parts.registrations.start()
    const record = await until(async () => (await stateOf(parts))?.fault && stateOf(parts))
    expect(record).toMatchObject({ fault: { code: 'provider_unauthorized' } })
    expect(record?.nextAt).toBe(parts.clock.now + 3_600_000)
    await until(() => parts.logger.lines.length > 0)
    expect(parts.logger.lines).toMatchObject([{ level: 'warn' }])
    expect(JSON.stringify([parts.logger.lines, record])).not.toContain('wrong-token')
  })

  it('remove the hook at the end of the service, if they are to', async () => {
    const parts = await setUp({ removeAtStop: true })
    parts.registrations.start()
    await registered(parts)
    await parts.registrations.close()
    expect(parts.hooks()).toEqual([])
    expect(await parts.store.documents('registrations')).toEqual([])
  })

  it('leave the work to another node again after a request', async () => {
    const parts = await setUp()
    await parts.registrations.run({ action: 'register' })
    const other = new RegistrationClaim(parts.store, () => parts.clock.now, 'other')
    expect(await other.take()).toBe(true)
  })
})
