import { describe, expect, it } from 'vitest'
import { countsOf, deathsOf } from '../../../core/projection/counts.ts'
import { binOf } from '../../../core/projection/durations.ts'

const NOW = Date.parse('2026-03-04T05:06:07.890Z')
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const delivery = {
  source: 'github',
  outcome: 'accepted',
  reason: null,
  receivedAt: NOW,
  tasks: [],
} as const
const end = {
  id: 'tsk_1',
  program: 'deploy',
  state: 'succeeded',
  reason: null,
  dueAt: NOW - 5_000,
  startedAt: NOW - 4_000,
  endedAt: NOW,
  attempts: 1,
} as const

/** The counts of buckets of one width. */
function counted(feed: Partial<Parameters<typeof countsOf>[0]>, widthSeconds = 60) {
  const buckets = countsOf({ deliveries: [], ends: [], ...feed }, NOW)
  return buckets
    .filter((bucket) => bucket.widthSeconds === widthSeconds)
    .map(({ at, kind, name, counts }) => [new Date(at).toISOString(), kind, name, counts])
}

describe('counts of deliveries', () => {
  it('are by source and outcome, in every width, and of everything', () => {
    const deliveries = [
      delivery,
      { ...delivery, receivedAt: NOW - MINUTE_MS, outcome: 'duplicate' as const },
      { ...delivery, source: 'gitlab' },
    ]
    expect(counted({ deliveries })).toEqual([
      ['2026-03-04T05:06:00.000Z', 'source', 'github', { accepted: 1 }],
      ['2026-03-04T05:06:00.000Z', 'all', '', { accepted: 2 }],
      ['2026-03-04T05:05:00.000Z', 'source', 'github', { duplicate: 1 }],
      ['2026-03-04T05:05:00.000Z', 'all', '', { duplicate: 1 }],
      ['2026-03-04T05:06:00.000Z', 'source', 'gitlab', { accepted: 1 }],
    ])
    const all = { accepted: 2, duplicate: 1 }
    for (const [width, start] of [
      [900, '2026-03-04T05:00:00.000Z'],
      [7_200, '2026-03-04T04:00:00.000Z'],
      [86_400, '2026-03-04T00:00:00.000Z'],
    ] as const) {
      expect(counted({ deliveries }, width)).toContainEqual([start, 'all', '', all])
    }
  })

  it('of refused ones are by error code; a reason in words has the code delivery_refused', () => {
    const reasons = [
      'delivery_unparsable: not JSON',
      'no signature',
      'never_heard: of',
      'constructor: x',
      null,
    ]
    const deliveries = reasons.map((reason) => {
      return { ...delivery, outcome: 'refused' as const, reason }
    })
    const counts = {
      refused: 5,
      'refused:delivery_unparsable': 1,
      'refused:delivery_refused': 4,
    }
    expect(counted({ deliveries })[0]?.[3]).toEqual(counts)
  })

  it('leave out buckets that are no longer kept', () => {
    const deliveries = [3, 20, 100, 500].map((days) => {
      return { ...delivery, receivedAt: NOW - days * DAY_MS }
    })
    const widths = countsOf({ deliveries, ends: [] }, NOW)
      .filter(({ kind }) => kind === 'all')
      .map(({ at, widthSeconds }) => [Math.ceil((NOW - at) / DAY_MS - 1), widthSeconds])
    expect(widths).toEqual([
      [3, 900],
      [3, 7_200],
      [3, 86_400],
      [20, 7_200],
      [20, 86_400],
      [100, 86_400],
    ])
  })

  it('count tasks when they were created', () => {
    const tasks = [
      { program: 'deploy', createdAt: NOW },
      { program: '__proto__', createdAt: NOW },
      { program: 'deploy', createdAt: NOW },
    ]
    expect(counted({ deliveries: [{ ...delivery, tasks }] }).slice(1)).toEqual([
      ['2026-03-04T05:06:00.000Z', 'all', '', { accepted: 1, created: 3 }],
      ['2026-03-04T05:06:00.000Z', 'program', 'deploy', { created: 2 }],
      ['2026-03-04T05:06:00.000Z', 'program', '__proto__', { created: 1 }],
    ])
  })
})

describe('counts of ends', () => {
  const wait = `wait:${binOf(1_000)}`
  const run = `run:${binOf(4_000)}`

  it('are by state, with how long the task waited and ran', () => {
    const [own] = counted({ ends: [end, { ...end, state: 'dead', attempts: 3 }] })
    const counts = { succeeded: 1, dead: 1, [wait]: 2, [run]: 2, failedAttempts: 3 }
    expect(own).toEqual(['2026-03-04T05:06:00.000Z', 'program', 'deploy', counts])
  })

  it('count the failures before a success, and none of a task that was cancelled', () => {
    const ends = [
      { ...end, attempts: 3 },
      { ...end, state: 'cancelled' as const, attempts: 2 },
      { ...end, state: 'cancelled' as const, attempts: 0, startedAt: null },
    ]
    expect(counted({ ends })[0]?.[3]).toMatchObject({
      succeeded: 1,
      cancelled: 2,
      failedAttempts: 2,
      [run]: 1,
    })
  })

  it('measure no time below 0 where a clock was set back', () => {
    const ends = [{ ...end, dueAt: NOW + 9_000, startedAt: NOW + 8_000 }]
    expect(counted({ ends })[0]?.[3]).toEqual({ succeeded: 1, 'wait:0': 1, 'run:0': 1 })
  })
})

describe('deaths', () => {
  it('are in one group if program and fault are the same', () => {
    const dead = { ...end, state: 'dead', reason: 'order 17 not found' } as const
    const deaths = deathsOf([
      dead,
      { ...dead, id: 'tsk_2', reason: 'order 18 not found' },
      { ...dead, id: 'tsk_3', program: 'build' },
      { ...dead, id: 'tsk_4', reason: null },
      end,
    ])
    expect(deaths.map(({ taskId, program, reason, at }) => [taskId, program, reason, at])).toEqual([
      ['tsk_1', 'deploy', 'order <n> not found', NOW],
      ['tsk_2', 'deploy', 'order <n> not found', NOW],
      ['tsk_3', 'build', 'order <n> not found', NOW],
      ['tsk_4', 'deploy', '', NOW],
    ])
    const [one, two, three, four] = deaths.map(({ group }) => group)
    expect(one).toMatch(/^err_[0-9a-f]{24}$/)
    expect(two).toBe(one)
    expect(new Set([one, three, four]).size).toBe(3)
  })
})
