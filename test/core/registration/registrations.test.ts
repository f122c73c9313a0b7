import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { RegistrationRequest } from '../../../core/registration/wanted.ts'
import { DocumentClaim } from '../../../core/work/document-claim.ts'
import { until } from '../work/setup.ts'
import { LIST, ONE, registered, setUp, stateOf, TWO, writes } from './setup.ts'

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
  })

  it.each<[string, Partial<RegistrationRequest>, string, RegExp]>([
    ['another source', { source: 'none' }, 'registration_unknown', /'none' has no option/],
    ['no target', { targets: ['acme'] }, 'registration_unknown', /acme\/shop. Write `owner\/rep/],
    ['another path', { targets: ['../..'] }, 'registration_unknown', /no target '..\/..'/],
    [
      'one of the config',
      { targets: ['Acme/Shop'], events: ['push'] },
      'registration_events',
      /names acme/,
    ],
    ['all', { events: ['push'] }, 'registration_events', /single targets/],
    [
      'what was never added',
      { action: 'unregister', targets: ['acme/site'] },
      'registration_unknown',
      /acme\/shop$/,
    ],
  ])('refuse a request for %s', async (_, request, code, message) => {
    const { registrations, provider } = await setUp()
    const refused = registrations.run({ action: 'register', source: 'gh', ...request })
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    expect(provider.calls).toEqual([])
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

  it('try again where a clock that was a month ahead met a failure', async () => {
    const parts = await setUp()
    const { now } = parts.clock
    parts.clock.now += 30 * 24 * 3_600_000
    parts.provider.next.push({ status: 503 })
    parts.registrations.start()
    await until(async () => (await stateOf(parts))?.failures === 1)
    parts.clock.now = now
    parts.change({})
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
    const other = new DocumentClaim({
      store: parts.store,
      clock: () => parts.clock.now,
      node: 'other',
      place: { collection: 'registration-claim', name: 'holder' },
    })
    expect(await other.take()).toBe(true)
  })
})
