import { describe, expect, it } from 'vitest'
import {
  type DeliveryStandIn,
  githubRequest,
  HOOK_SECRET,
} from '../../fixtures/providers/deliveries.ts'
import { PROVIDER_TOKEN } from '../../fixtures/providers/stand-ins.ts'
import { until } from '../work/setup.ts'
import { HOUR, MINUTE, type Name, START, setUp } from './setup.ts'

const fetches = ({ calls }: DeliveryStandIn) =>
  calls.filter(({ path }) => /deliveries\/\d+$/.test(path)).length

describe('deliveries that did not arrive', () => {
  it.each<[Name, string]>([
    ['github', 'verified'],
    ['github organization', 'verified'],
    ['github app', 'verified'],
    ['github installation', 'verified'],
    ['gitlab', 'fetched'],
    ['gitlab group', 'fetched'],
    ['stripe', 'fetched'],
    ['svix', 'fetched'],
  ])('are recovered once from %s, the oldest first', async (name, by) => {
    const { run, stored, miss, recovered } = await setUp({ name })
    await run()
    const guids = [1, 2, 3, 4, 5].map((number) => `msg_${'0'.repeat(26)}${number}`)
    const arrived = { guid: `msg_${'a'.repeat(27)}`, status: 200 }
    const [first = '', ...others] = guids
    miss({ guid: first, status: 502 }, arrived, ...others.map((guid) => ({ guid })))
    const result = await run()
    expect(result).toMatchObject({ count: 5, fault: null })
    expect(result?.found.map(({ outcome }) => outcome)).toEqual(guids.map(() => by))
    expect(await run()).toMatchObject({ count: 0, fault: null })
    expect(await stored()).toEqual(guids.map((guid) => [guid, 'accepted', by]))
    expect(recovered).toHaveLength(5)
  })

  it('are not asked for from before the first look, unless a person says since when', async () => {
    const { run, stored, miss } = await setUp()
    miss({ guid: 'a' })
    expect(await run()).toMatchObject({ count: 0, fault: null })
    expect(await run({ since: START, dryRun: true })).toMatchObject({
      found: [{ senderId: 'a', type: 'push', outcome: 'missed', delivery: null }],
    })
    expect(await stored()).toEqual([])
    expect(await run({ since: START })).toMatchObject({ count: 1 })
    expect(await stored()).toEqual([['a', 'accepted', 'verified']])
  })

  it('are asked for where a webhook is registered only, and it is said where there is none', async () => {
    const none = await setUp({ isRegistered: false })
    expect(await none.run()).toMatchObject({ count: 0, noWebhook: true, fault: null })
    expect((await none.catching.list())[0]?.record?.succeededAt).toBe(null)
    expect(none.succeeded).toEqual([])
    const one = await setUp()
    expect(await one.run()).toMatchObject({ count: 0, noWebhook: false })
    expect(one.succeeded).toEqual([START])
  })

  it('are asked for where the clock was a month ahead', async () => {
    const { catching, stored, miss, time } = await setUp()
    const askedAt = async () => (await catching.list())[0]?.record?.succeededAt
    catching.start()
    await until(async () => (await askedAt()) === START)
    time.now += 30 * 24 * HOUR
    await until(async () => (await askedAt()) === time.now)
    time.now = START
    miss({ guid: 'a' })
    await until(async () => (await stored()).length === 1)
    expect(await askedAt()).toBe(time.now)
  })

  it.each([{}, { 'retry-after': '7200' }])('wait for no wrong clock: %j', async (headers) => {
    const { provider, catching, run, stored, miss, time } = await setUp()
    const failures = async () => (await catching.list())[0]?.record?.failures
    await run()
    time.now += 30 * 24 * HOUR
    provider.onCall = () => void provider.next.push({ status: 503, headers })
    catching.start()
    await until(async () => (await failures()) === 1)
    provider.onCall = () => {}
    time.now = START
    miss({ guid: 'a' })
    await until(async () => (await stored()).length === 1)
    expect(await failures()).toBe(0)
  })

  it('are fetched whole only if a rule wants them and they arrived in no later try', async () => {
    const { provider, run, stored, miss } = await setUp({ on: 'src.pull_request.opened' })
    await run()
    miss(
      { guid: 'a', type: 'pull_request.opened' },
      { guid: 'b', type: 'pull_request.closed' },
      { guid: 'c', type: 'push' },
      { guid: 'd', type: 'pull_request.opened' },
      { guid: 'd', type: 'pull_request.opened', status: 202 },
      { guid: 'e', type: 'pull_request.opened' },
      { guid: 'e', type: 'pull_request.opened', status: 502 },
    )
    await run()
    expect(await stored()).toEqual([
      ['a', 'accepted', 'verified'],
      ['e', 'accepted', 'verified'],
    ])
    expect(fetches(provider)).toBe(2)
  })

  it('are trusted as fetched where the API leads to other bytes than were signed', async () => {
    const { run, stored, miss } = await setUp()
    await run()
    miss({ guid: 'a', isOdd: true })
    await run()
    expect(await stored()).toEqual([['a', 'accepted', 'fetched']])
  })

  it('are doubled by no delivery that arrives at the same moment', async () => {
    const { provider, receiver, run, stored, miss } = await setUp()
    await run()
    miss({ guid: 'a' }, { guid: 'b' })
    // GitHub delivers again while its API tells the delivery.
    provider.onCall = async ({ path }) => {
      const one = provider.tried[Number(path.split('/').at(-1))]
      if (!/deliveries\/\d+$/.test(path) || one === undefined) return
      const { headers: given, payload } = githubRequest(one)
      const headers = Object.fromEntries(
        Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]),
      )
      const at = { source: 'src', method: 'POST', path: '/api/webhooks/src' }
      const admission = receiver.admit({ ...at, headers, socketAddress: null })
      await receiver.receive(admission, Buffer.from(JSON.stringify(payload)))
    }
    const result = await run()
    expect(result?.found.map(({ outcome }) => outcome)).toEqual(['duplicate', 'duplicate'])
    const accepted = (await stored()).filter(([, outcome]) => outcome === 'accepted')
    expect(accepted.map(([guid]) => guid)).toEqual(['a', 'b'])
    expect(await run()).toMatchObject({ count: 0 })
  })

  it('are asked for again after a fault, which is logged once and shows no token', async () => {
    const { provider, time, run, stored, miss, catching, files } = await setUp()
    await run()
    miss({ guid: 'a' }, { guid: 'b' }, { guid: 'c' })
    const faults = []
    for (const reply of [
      { status: 401, body: { message: `Bad credentials ${PROVIDER_TOKEN}` } },
      { status: 403, body: { message: 'Forbidden' } },
      { status: 404 },
      { status: 503 },
      'drop',
      { status: 503 },
    ] as const) {
      provider.next.push(reply)
      faults.push((await run())?.fault?.code)
      time.now += HOUR
    }
    expect(faults).toEqual([
      'provider_unauthorized',
      'provider_forbidden',
      'provider_not_found',
      'provider_unavailable',
      'provider_unavailable',
      'provider_unavailable',
    ])
    expect(await catching.list()).toMatchObject([
      { record: { failures: 6, fault: { code: 'provider_unavailable' } } },
    ])
    expect(await run()).toMatchObject({ count: 3, fault: null })
    expect(await stored()).toHaveLength(3)
    const lines = JSON.stringify(files.logged)
    expect(lines.match(/could not be asked for/g)).toHaveLength(4)
    expect(lines).not.toContain(PROVIDER_TOKEN)
    expect(lines).not.toContain(HOOK_SECRET)
  })

  it('wait for the end of a rate limit, with what was recovered before it kept', async () => {
    const { provider, time, run, stored, miss } = await setUp()
    await run()
    miss({ guid: 'a' }, { guid: 'b' }, { guid: 'c' })
    const reset = String(Math.ceil((time.now + 30 * MINUTE) / 1000))
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }
    provider.onCall = ({ path }) => {
      if (path.endsWith('deliveries/0')) provider.next.push({ status: 403, headers })
    }
    expect(await run()).toMatchObject({ count: 1, fault: { code: 'provider_rate_limited' } })
    const calls = provider.calls.length
    time.now += 29 * MINUTE
    expect(await run()).toMatchObject({ fault: { code: 'provider_rate_limited' } })
    expect(provider.calls).toHaveLength(calls)
    time.now += 2 * MINUTE
    expect(await run()).toMatchObject({ count: 2, fault: null })
    expect((await stored()).map(([guid]) => guid)).toEqual(['a', 'b', 'c'])
  })

  it('are passed over where one is gone, and tried again where one fails', async () => {
    const { provider, run, stored, miss } = await setUp()
    await run()
    miss({ guid: 'a' }, { guid: 'b' }, { guid: 'c' })
    provider.onCall = ({ path }) => {
      if (path.endsWith('deliveries/0')) provider.next.push({ status: 502 })
    }
    // The first is there, the second fails, and the third is there.
    const first = await run()
    expect(first?.found.map(({ outcome }) => outcome)).toEqual(['verified', 'failed', 'verified'])
    expect(first?.fault).toMatchObject({ code: 'provider_unavailable' })
    provider.onCall = () => {}
    expect(await run()).toMatchObject({ count: 1, fault: null })
    miss({ guid: 'd' }, { guid: 'e' })
    provider.onCall = ({ path }) => {
      if (path.endsWith('deliveries/3')) provider.next.push({ status: 404 })
    }
    const next = await run()
    expect(next?.found.map(({ outcome }) => outcome)).toEqual(['verified', 'gone'])
    expect(next?.fault).toBeNull()
    expect((await stored()).map(([guid]) => guid)).toEqual(['a', 'c', 'b', 'd'])
  })

  it('are given up once they are too old', async () => {
    const { time, run, stored, miss } = await setUp({ catchUp: { maxAge: '1h' } })
    await run()
    miss({ guid: 'old' })
    time.now += 2 * HOUR
    miss({ guid: 'new' })
    await run()
    expect((await stored()).map(([guid]) => guid)).toEqual(['new'])
  })
})

describe('when deliveries are asked for', () => {
  const lists = ({ calls }: DeliveryStandIn) =>
    calls.filter(({ path }) => path.endsWith('/deliveries')).length

  it('is at the start, every few minutes, after a jump of the clock and when it is woken', async () => {
    const { provider, time, catching, stored, miss } = await setUp()
    const settled = (count: number) =>
      until(async () => {
        const [feed] = await catching.list()
        return lists(provider) === count && feed?.record != null && !feed.isAsking
      })
    catching.start()
    await settled(1)
    // Less than a jump each, so that the interval is what is due.
    for (let waited = 0; waited < 5 * MINUTE && lists(provider) === 1; waited += 20_000) {
      time.now += 20_000
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    await settled(2)
    miss({ guid: 'a' })
    await settled(3)
    expect(await stored()).toEqual([['a', 'accepted', 'verified']])
    catching.wake()
    await settled(4)
  })

  it('is never by itself if it is off', async () => {
    const { provider, catching, run } = await setUp({ catchUp: false })
    catching.start()
    catching.wake()
    expect(await run({ since: START })).toMatchObject({ fault: null })
    expect(lists(provider)).toBe(1)
  })

  it('is by one node at a time, and by another one after a crash', async () => {
    const { provider, time, run, open, stored, miss } = await setUp()
    await run()
    miss({ guid: 'a' }, { guid: 'b' })
    const other = open()
    const seen: unknown[] = []
    provider.onCall = async ({ path }) => {
      if (!path.endsWith('deliveries/0')) return
      provider.onCall = () => {}
      seen.push((await other.run({}))[0]?.fault?.code)
    }
    expect(await run()).toMatchObject({ count: 2, fault: null })
    expect(seen).toEqual(['overloaded'])
    miss({ guid: 'c' }, { guid: 'd' })
    // It hangs with the claim, as a killed node does.
    provider.onCall = ({ path }) => {
      if (path.endsWith('deliveries/2')) provider.next.push('hang')
    }
    void run().catch(() => {})
    await until(() => fetches(provider) >= 4)
    provider.onCall = () => {}
    expect((await other.run({}))[0]?.fault?.code).toBe('overloaded')
    time.now += 3 * MINUTE
    expect(await other.run({})).toMatchObject([{ count: 1, fault: null }])
    expect((await stored()).map(([guid]) => guid)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('is refused for a source that cannot be asked', async () => {
    const { catching } = await setUp()
    expect(() => catching.run({ source: 'none' })).toThrowError(
      expect.objectContaining({
        code: 'catch_up_unknown',
        message: "The source 'none' cannot ask for missed deliveries",
      }),
    )
  })
})
