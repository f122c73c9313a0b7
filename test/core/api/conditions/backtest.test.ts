import { describe, expect, it } from 'vitest'
import { compileCondition } from '../../../../core/conditions/condition.ts'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import { backtest } from '../../../../core/trial/backtest.ts'
import { openTrial } from './trial-app.ts'

const RULES = [
  { name: 'main', on: 'github.push', when: "branch == 'main'", run: ['deploy'] },
  { name: 'code', on: 'custom', run: 'deploy' },
]

async function open() {
  const trial = await openTrial(RULES)
  const test = (rule: object, more: object = {}) =>
    trial.call('POST', '/api/config/rules/backtest', { body: { rule, ...more } })
  return { ...trial, test }
}

const ids = (list: readonly { event: string }[]) => list.map(({ event }) => event)

describe('a backtest', () => {
  it('compares a draft with the rule in force', async () => {
    const { push, send, test } = await open()
    const main = await push('main')
    const dev = await push('dev', { size: 1 })
    const release = await push('release/1', { size: 2 })
    await push('fix')
    await send({ event: 'say' })
    const when = "branch != 'main' && payload.size > 0"
    const { status, body } = await test({ name: 'main', on: 'github.push', when, run: 'deploy' })
    expect(status).toBe(200)
    expect(body).toMatchObject({ valid: true, faults: [], against: 'main' })
    expect(body).toMatchObject({
      ...{ partial: false, tried: { deliveries: 4, events: 4 } },
      counts: { gained: 2, lost: 1, same: 0, neither: 1, errors: 1 },
    })
    const { gained, lost, same, errors } = body
    expect([ids(gained), ids(lost), ids(same)]).toEqual([
      [release.event, dev.event],
      [main.event],
      [],
    ])
    expect(gained[0]).toMatchObject({
      ...{ delivery: release.delivery, source: 'github', type: 'push' },
      facts: { branch: 'release/1' },
    })
    expect(errors).toMatchObject([{ error: expect.stringContaining('no such key') }])
  })

  it('counts every match of a new rule as gained, and the newest events only', async () => {
    const { push, test } = await open()
    const all = []
    for (const branch of ['a', 'b', 'c']) all.push(await push(branch))
    const { body } = await test({ on: 'github' }, { last: 2 })
    expect(body).toMatchObject({ against: null, partial: false, tried: { events: 2 } })
    expect(ids(body.gained)).toEqual([all[2]?.event, all[1]?.event])
  })

  it('sees that a draft is on other events than the rule in force', async () => {
    const { push, send, test } = await open()
    const said = await send({ event: 'say' })
    const pushed = await push('main')
    const then = ['deploy']
    const others = { then, approval: { timeout: '1h' }, expect: { within: '1h' } }
    const draft = { name: 'code', on: 'github.push', when: "branch == 'main'", ...others }
    const { body } = await test(draft)
    expect(ids(body.gained)).toEqual([pushed.event])
    expect(ids(body.lost)).toEqual([said.event])
    expect(body.tried).toMatchObject({ deliveries: 2, events: 2 })
  })

  it('reports what is wrong with a draft', async () => {
    const { test } = await open()
    const faults = async (rule: object) => (await test(rule)).body.faults
    expect(await faults({ on: 'githup.push' })).toMatchObject([
      { pointer: '/rule/on', code: 'rule_source_unknown', remedy: 'Did you mean `github`?' },
    ])
    expect(await faults({ on: 'github.push', when: 'brunch' })).toMatchObject([
      { pointer: '/rule/when', code: 'condition_unknown_name', start: 0, end: 6 },
    ])
    const refused = [{}, { on: 'github', more: 1 }, { on: 'a b' }, { on: 'github', when: 5 }]
    for (const rule of refused) expect((await test(rule)).status, JSON.stringify(rule)).toBe(400)
    for (const last of [0, 1001, 1.5, 'x']) {
      expect((await test({ on: 'github' }, { last })).status).toBe(400)
    }
  })

  it('cuts long facts, and lists no more than 100 events', async () => {
    const { push, store, test } = await open()
    const { delivery } = await push('dev')
    const record = await store.delivery(delivery)
    if (record === null) throw new Error('it was not stored')
    const events = Array.from({ length: 300 }, (_, index) => ({
      ...{ id: `evt_${String(index).padStart(4, '0')}`, type: 'push', senderId: null },
      ...{ facts: { branch: 'x'.repeat(1000) }, payload: '{}', decisions: [], tasks: [] },
    }))
    await store.accept({ delivery: { ...record, id: 'dlv_zzz' }, events })
    const { body } = await test({ on: 'github' }, { last: 250 })
    expect(body.counts.gained).toBe(250)
    expect(body.gained).toHaveLength(100)
    expect(body.gained[0]).toMatchObject({
      event: 'evt_0299',
      facts: { branch: `${'x'.repeat(200)}…` },
    })
  })

  it('is for operators', async () => {
    const { test, call, token } = await open()
    expect((await test({ on: 'github' })).status).toBe(200)
    const body = { rule: { on: 'github' } }
    for (const [role, status] of [
      ['viewer', 403],
      ['operator', 200],
    ] as const) {
      const answer = await call('POST', '/api/config/rules/backtest', {
        body,
        token: await token(role),
      })
      expect(answer.status).toBe(status)
    }
  })
})

describe('a long backtest', () => {
  /** A store with endless deliveries of one event each. */
  function endless(payload: string): Pick<StoreInstance, 'delivery' | 'deliveries' | 'events'> {
    const summary = {
      ...{ source: 'github', receivedAt: 0, method: 'POST', path: '/', headers: {}, client: null },
      ...{ outcome: 'accepted' as const, reason: null, originalId: null, bodyBytes: 0 },
    }
    return {
      delivery: async () => null,
      deliveries: async () => ({
        items: Array.from({ length: 200 }, (_, index) => ({ ...summary, id: `dlv_${index}` })),
        next: 'more',
      }),
      events: async (deliveryId) => [
        {
          ...{ id: 'evt_1', deliveryId, source: 'github', type: 'push', senderId: null },
          ...{ receivedAt: 0, facts: {}, payload, decisions: [] },
        },
      ],
    }
  }

  it('answers what it has after some seconds, and holds up nobody', async () => {
    const payload = JSON.stringify(Array.from({ length: 2000 }, (_, index) => index))
    const condition = compileCondition('payload.all(a, payload.all(b, a >= 0))', { facts: null })
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    const result = await backtest({
      ...{ store: endless(payload), inForce: null, last: 10_000 },
      draft: { on: 'github', condition },
    })
    clearInterval(timer)
    expect(result.partial).toBe(true)
    expect(result.events).toBeGreaterThan(0)
    expect(result.counts.errors).toBe(result.events)
    // A fast machine tries several events in a turn, but others have a turn after each few of them.
    expect(turns).toBeGreaterThanOrEqual(result.events / 20)
  }, 30_000)

  it('ends after 5000 deliveries of which none has such an event', async () => {
    const result = await backtest({
      ...{ store: endless('{}'), inForce: null, last: 1 },
      draft: { on: 'github.release', condition: null },
    })
    expect(result).toMatchObject({ partial: true, events: 0, since: null })
    expect(result.deliveries).toBeLessThanOrEqual(5000)
  }, 30_000)
})
