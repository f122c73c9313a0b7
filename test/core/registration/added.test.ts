import { describe, expect, it } from 'vitest'
import { newRecord } from '../../../core/registration/record.ts'
import type { StandInHook } from '../../fixtures/providers/stand-ins.ts'
import { until } from '../work/setup.ts'
import { ONE, type Parts, registered, setUp, TWO } from './setup.ts'

describe('a target that the config does not name', () => {
  const SITE = '/repos/acme/site/hooks'
  const hookAt = ({ provider }: Parts, list: string) => [
    ...(provider.hooks.get(list)?.values() ?? []),
  ]
  const add = { action: 'register', source: 'gh', targets: ['acme/site'] } as const
  const listed = async ({ registrations }: Pick<Parts, 'registrations'>) =>
    (await registrations.list()).map(({ record, origin }) => [record.target, origin])

  it('is added with its events, kept up to date and removed on request', async () => {
    const parts = await setUp()
    const dry = await parts.registrations.run({ ...add, dryRun: true })
    expect(dry).toMatchObject([{ action: 'created' }])
    expect(await listed(parts)).toEqual([['acme/shop', 'config']])
    const events = ['release', 'push']
    expect(await parts.registrations.run({ ...add, events })).toMatchObject([{ action: 'created' }])
    expect(await parts.registrations.run({ ...add, targets: ['org:acme'] })).toMatchObject([
      { action: 'created', changes: [expect.any(String), 'events: push'] },
    ])
    expect(hookAt(parts, SITE)).toMatchObject([{ events: ['push', 'release'] }])
    await parts.registrations.close()

    const again = parts.open({ publicUrl: TWO, on: ['gh.star'] })
    again.registrations.start()
    const url = `${TWO}/api/webhooks/gh`
    const urlOf = ({ config }: StandInHook) => (config as { url: string }).url
    await until(() => hookAt(parts, '/orgs/acme/hooks').map(urlOf).includes(url))
    expect(hookAt(parts, SITE)).toMatchObject([{ events: ['push', 'release'], config: { url } }])
    expect(hookAt(parts, '/orgs/acme/hooks')).toMatchObject([{ events: ['star'], config: { url } }])
    const all = { action: 'register', source: 'gh' } as const
    expect(await again.registrations.run(all)).toMatchObject([
      ...[{ target: 'acme/shop' }, { target: 'acme/site', action: 'unchanged' }],
      { target: 'org:acme', action: 'unchanged' },
    ])
    // The events are kept unless others are given.
    expect(await again.registrations.run(add)).toMatchObject([{ action: 'unchanged' }])
    expect(await again.registrations.run({ ...add, events: ['fork'] })).toMatchObject([
      { action: 'updated', changes: ['events: +fork -push -release'] },
    ])
    await again.registrations.run({ ...add, action: 'unregister' })
    expect(hookAt(parts, SITE)).toEqual([])
    expect(await listed(again)).toEqual([
      ['acme/shop', 'config'],
      ['org:acme', 'hand'],
    ])
  })

  it('is of the config while that names it, and added again afterwards', async () => {
    const parts = await setUp()
    await parts.registrations.run({ ...add, events: ['release'] })
    parts.registrations.start()
    parts.change({ repositories: ['acme/shop', 'acme/site'] })
    await until(() => hookAt(parts, SITE).some(({ events }) => String(events) === 'push'))
    expect(await listed(parts)).toEqual([
      ['acme/shop', 'config'],
      ['acme/site', 'config'],
    ])
    parts.change({ repositories: [] })
    await until(() => hookAt(parts, SITE).some(({ events }) => String(events) === 'release'))
    expect(await listed(parts)).toEqual([
      ['acme/site', 'hand'],
      ['acme/shop', 'left'],
    ])
    await parts.registrations.run({ action: 'unregister' })
    expect(await listed(parts)).toEqual([])
    expect([...parts.hooks(), ...hookAt(parts, SITE)]).toEqual([])
  })

  it('is tried again after an outage, but not if the provider refuses it', async () => {
    const parts = await setUp()
    const refused = await parts.registrations.run({ ...add, targets: ['acme/none'] })
    expect(refused).toMatchObject([{ action: 'failed', fault: { code: 'provider_not_found' } }])
    expect(await parts.store.documents('registrations')).toEqual([])
    parts.provider.next.push({ status: 503 })
    expect(await parts.registrations.run(add)).toMatchObject([{ action: 'failed' }])
    parts.clock.now += 5001
    parts.registrations.start()
    await until(() => hookAt(parts, SITE).length === 1)
  })

  it('comes back at the start if all are removed at the end', async () => {
    const parts = await setUp({ removeAtStop: true })
    await parts.registrations.run(add)
    parts.registrations.start()
    await registered(parts)
    await parts.registrations.close()
    expect([...parts.hooks(), ...hookAt(parts, SITE)]).toEqual([])
    const again = parts.open({ removeAtStop: true })
    again.registrations.start()
    await until(() => hookAt(parts, SITE).length === 1)
  })

  it('goes on after a kill, and gives way to the config in any spelling', async () => {
    const parts = await setUp()
    const write = (target: string, more: object) =>
      parts.store.writeDocuments(
        [
          {
            ...{ collection: 'registrations', name: JSON.stringify(['gh', target]) },
            value: JSON.stringify({ ...newRecord('gh', target), ...more }),
          },
        ],
        null,
      )
    // A kill came between the record and the call.
    await write('acme/site', { added: { events: ['release'] }, url: `${ONE}/api/webhooks/gh` })
    await write('ACME/SHOP', { added: { events: ['star'] } })
    await write('app', { id: 'app', url: `${ONE}/api/webhooks/gh` })
    parts.registrations.start()
    await until(() => hookAt(parts, SITE).length === 1 && parts.hooks().length === 1)
    expect(hookAt(parts, SITE)).toMatchObject([{ events: ['release'] }])
    expect(parts.hooks()).toMatchObject([{ events: ['push'] }])
    await parts.registrations.run({ action: 'unregister' })
    expect(await listed(parts)).toContainEqual(['app', 'left'])
    expect(hookAt(parts, SITE)).toEqual([])
  })
})
