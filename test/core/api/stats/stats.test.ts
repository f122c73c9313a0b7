import { describe, expect, it } from 'vitest'
import type { StatsView } from '../../../../core/api/stats/stats.ts'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import { countsOf, deathsOf } from '../../../../core/projection/counts.ts'
import {
  claim,
  makeDelivery,
  makeEntry,
  makeSettlement,
} from '../../../../core/testing/store-cases/make-entry.ts'
import { call } from '../access/calls.ts'
import { ADMIN_TOKEN, openApp } from '../app.ts'

type Opened = Awaited<ReturnType<typeof openApp>>

const HOUR_MS = 3_600_000

/** As a node does about once a second. */
async function project(store: StoreInstance): Promise<void> {
  for (let more = true; more; ) {
    const feed = await store.unprojected(1_000)
    const { version, notes, deliveries, ends } = feed
    const counts = countsOf({ deliveries, ends }, Date.now())
    expect(await store.project({ version, notes, counts, deaths: deathsOf(ends) })).toBe(true)
    more = feed.more
  }
}

// biome-ignore lint/suspicious/noExplicitAny: tests say what it is
async function ask(opened: Opened, path: string, status = 200): Promise<any> {
  const answer = await call(opened, `GET ${path}`, { token: ADMIN_TOKEN })
  expect(answer.status, path).toBe(status)
  return answer.json()
}

const stats = (opened: Opened, query = ''): Promise<StatsView> => ask(opened, `/api/stats${query}`)

/** Ends the tasks of a program, one after the other, with these states. */
async function endTasks(store: StoreInstance, program: string, states: readonly string[]) {
  const claims = await claim(store, { programs: [program], limit: states.length })
  for (const [index, { lease }] of claims.entries()) {
    const reason = `order ${index} is gone`
    const settlement =
      states[index] === 'dead'
        ? makeSettlement({ state: 'dead', attempt: 'failed', exitCode: 1, reason })
        : makeSettlement()
    expect(await store.settle(lease, settlement)).toBe(true)
  }
}

/** Two sources, two programs, and one delivery of each outcome. */
async function filled() {
  const opened = await openApp({})
  const { store } = opened
  for (let index = 0; index < 4; index++) await store.accept(makeEntry({ programs: ['deploy'] }))
  await store.accept(makeEntry({ programs: ['build', 'deploy'] }, { source: 'gitlab' }))
  await store.accept(makeEntry({ senderId: 'one', programs: [] }))
  await store.accept(makeEntry({ senderId: 'one', programs: [] }))
  const refused = { outcome: 'refused' as const }
  await store.refuse(makeDelivery({ ...refused, reason: 'no signature' }))
  await store.refuse(makeDelivery({ ...refused, reason: 'delivery_unparsable: no JSON' }))
  await endTasks(store, 'deploy', ['succeeded', 'succeeded', 'succeeded', 'dead'])
  await project(store)
  return opened
}

/** The list behind a figure has as many items as it says. */
async function expectListed(
  opened: Opened,
  { value, href }: { value: number; href: string | null },
) {
  const page = await ask(opened, href ?? '')
  expect((page.tasks ?? page.deliveries).length, href ?? '').toBe(value)
}

describe('GET /api/stats', () => {
  it('counts over time, and gives totals whose lists show what was counted', async () => {
    const opened = await filled()
    const found = await stats(opened)
    expect(found.widthSeconds).toBe(900)
    expect(found.times).toHaveLength(97)
    expect(found.times[1]).toBe((found.times[0] ?? 0) + 900)
    const values = Object.entries(found.totals).map(([name, { value }]) => [name, value])
    expect(Object.fromEntries(values)).toEqual({
      accepted: 6,
      duplicate: 1,
      refused: 2,
      created: 6,
      succeeded: 3,
      dead: 1,
      cancelled: 0,
      failedAttempts: 1,
    })
    for (const figure of Object.values(found.totals)) {
      if (figure.href !== null) await expectListed(opened, figure)
    }
    expect(found.successRate).toBe(0.75)
    expect(found.run?.p95Ms).toBeLessThan(10_000)
    for (const { measure, name, values, total } of found.series) {
      expect([name, values.length], measure).toEqual([null, found.times.length])
      if (total === null) continue
      expect(
        values.reduce<number>((sum, value) => sum + (value ?? 0), 0),
        measure,
      ).toBe(total)
    }
    const measures = found.series.map(({ measure }) => measure)
    expect(measures).toEqual([
      ...Object.keys(found.totals),
      ...['runP50Ms', 'runP95Ms', 'waitP50Ms', 'waitP95Ms'],
    ])
  })

  it('shows sources and programs, with what waits and runs now', async () => {
    const opened = await filled()
    const { sources, programs, queue } = await stats(opened, '?since=1h')
    expect(
      sources.map(({ source, accepted, duplicate, refused, refusedBy }) => {
        return [source, accepted.value, duplicate.value, refused.value, refusedBy]
      }),
    ).toEqual([
      ['github', 5, 1, 2, { delivery_refused: 1, delivery_unparsable: 1 }],
      ['gitlab', 1, 0, 0, {}],
    ])
    expect(
      programs.map(({ program, created, dead, waiting, running, successRate }) => {
        return [program, created.value, dead.value, waiting.value, running.value, successRate]
      }),
    ).toEqual([
      ['build', 1, 0, 1, 0, null],
      ['deploy', 5, 1, 1, 0, 0.75],
    ])
    for (const row of programs) {
      for (const figure of [row.created, row.dead, row.succeeded, row.waiting]) {
        await expectListed(opened, figure)
      }
    }
    for (const row of sources) await expectListed(opened, row.accepted)
    expect([queue.waiting.value, queue.running.value]).toEqual([2, 0])
    // Both have been due since 1970.
    expect(queue.lateSeconds).toBeGreaterThan(1e9)
  })

  it('splits series by program, source and error code', async () => {
    const opened = await filled()
    const split = async (by: string) =>
      (await stats(opened, `?by=${by}`)).series
        .filter(({ total }) => total !== 0)
        .map(({ measure, name, total }) => [name, measure, total])
    expect(await split('program')).toEqual([
      ['deploy', 'created', 5],
      ['deploy', 'succeeded', 3],
      ['deploy', 'dead', 1],
      ['deploy', 'failedAttempts', 1],
      ...['runP50Ms', 'runP95Ms', 'waitP50Ms', 'waitP95Ms'].map((name) => ['deploy', name, null]),
      ['build', 'created', 1],
      ...['runP50Ms', 'runP95Ms', 'waitP50Ms', 'waitP95Ms'].map((name) => ['build', name, null]),
    ])
    expect(await split('source')).toEqual([
      ['github', 'accepted', 5],
      ['github', 'duplicate', 1],
      ['github', 'refused', 2],
      ['gitlab', 'accepted', 1],
    ])
    expect(await split('code')).toEqual([
      ['delivery_refused', 'refused', 1],
      ['delivery_unparsable', 'refused', 1],
    ])
  })

  it('has series for the twelve largest names, and says how many it leaves out', async () => {
    const opened = await openApp({})
    for (let index = 0; index < 20; index++) {
      const programs = Array.from({ length: index + 1 }, () => `program-${index}`)
      await opened.store.accept(makeEntry({ programs }))
    }
    await project(opened.store)
    const { series, moreNames, programs } = await stats(opened, '?by=program')
    const names = [...new Set(series.map(({ name }) => name))]
    expect(names).toEqual(Array.from({ length: 12 }, (_, index) => `program-${19 - index}`))
    expect([moreNames, programs.length]).toEqual([8, 20])
  })

  it('counts the same in every range that holds it', async () => {
    const { store, ...opened } = await openApp({})
    const receivedAt = Date.now() - HOUR_MS
    for (const programs of [['deploy'], ['deploy', 'build']]) {
      await store.accept(makeEntry({ programs }, { receivedAt }))
    }
    await project(store)
    for (const since of ['2h', '1d', '3d', '14d', '80d', '399d', '9999d']) {
      const { totals, programs, sources } = await stats({ store, ...opened }, `?since=${since}`)
      expect([totals.accepted.value, totals.created.value], since).toEqual([2, 3])
      expect(
        programs.map(({ created }) => created.value),
        since,
      ).toEqual([1, 2])
      expect(
        sources.map(({ accepted }) => accepted.value),
        since,
      ).toEqual([2])
    }
    const until = new Date(receivedAt - 1).toISOString()
    const before = await stats({ store, ...opened }, `?since=3h&until=${until}`)
    // The bucket of its last minute is whole.
    expect(before.totals.accepted.value).toBeLessThanOrEqual(2)
    expect(before.until).toBe(until)
  })

  it('is empty before anything has happened', async () => {
    const { totals, programs, sources, successRate, run, queue } = await stats(await openApp({}))
    expect(Object.values(totals).map(({ value }) => value)).toEqual(Array(8).fill(0))
    expect([programs, sources, successRate, run]).toEqual([[], [], null, null])
    expect([queue.oldestDueAt, queue.lateSeconds]).toEqual([null, 0])
  })

  it('reads the store once for all that ask the same within a second', async () => {
    let reads = 0
    const opened = await openApp({}, (store) => {
      const counts = store.counts.bind(store)
      store.counts = (query) => {
        reads += 1
        return counts(query)
      }
      return store
    })
    await Promise.all(Array.from({ length: 50 }, () => stats(opened, '?since=1h')))
    // Of everything, of programs and of sources; twice if the minute ended meanwhile.
    expect(reads).toBeLessThanOrEqual(6)
  })

  it.each([
    '?since=1h&until=2h',
    '?until=2000-01-01&since=2000-01-02',
    '?since=2999-01-01',
    '?since=yesterday',
    '?by=rule',
    '?width=60',
  ])('refuses %s', async (query) => {
    await ask(await openApp({}), `/api/stats${query}`, 400)
  })
})

describe('GET /api/errors', () => {
  it('groups dead tasks, until they are retried', async () => {
    const opened = await openApp({})
    const { store } = opened
    for (let index = 0; index < 3; index++) await store.accept(makeEntry({ programs: ['deploy'] }))
    await store.accept(makeEntry({ programs: ['build'] }))
    await endTasks(store, 'deploy', ['dead', 'dead', 'succeeded'])
    await endTasks(store, 'build', ['dead'])
    await project(store)
    const { errors, next } = await ask(opened, '/api/errors')
    expect(next).toBe(null)
    const shown = errors.map(({ program, reason, count }: Record<string, unknown>) => {
      return [program, reason, count]
    })
    expect(shown.toSorted()).toEqual([
      ['build', 'order <n> is gone', 1],
      ['deploy', 'order <n> is gone', 2],
    ])
    const deploy = errors.find(({ program }: { program: string }) => program === 'deploy')
    await expectListed(opened, { value: deploy.count, href: deploy.href })
    await store.retry(deploy.lastTask)
    const only = await ask(opened, '/api/errors?program=deploy&since=1h')
    expect(only.errors).toEqual([{ ...deploy, count: 1 }])
    expect((await ask(opened, '/api/errors?limit=1')).errors).toHaveLength(1)
    for (const query of ['?limit=0', '?since=never', '?program=', '?state=dead'])
      await ask(opened, `/api/errors${query}`, 400)
  })
})
