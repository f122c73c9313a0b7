import { describe, expect, it } from 'vitest'
import { chart } from './chart.ts'
import { performancePage } from './page.ts'
import { type LoadRound, medians, type Results } from './results.ts'

describe('docs/performance.md', () => {
  it('says first how many Hookline does, and how that compares to each peer that was there', () => {
    const page = performancePage(RESULTS)
    expect(page).toContain('**2,000 pushes of 7.7 kB per second**')
    expect(page).toContain('That is 25 % of bare Hono and 1.3 times adnanh/webhook.')
    expect(page).toContain('**900 programs per second** (mode `workers`)')
    expect(page).toContain('That is 30 times adnanh/webhook.')
    expect(page).toContain('| **Hookline** | 2,000 | 0.25 | 1.00 | 9 ms | 20 ms | 200 µs | 24 kB |')
    expect(page).toContain('| adnanh/webhook (3 failed) | 1,500 | 0.19 | 1.33 |')
    expect(page).toContain('left out, in this run:\n\n- FastAPI: the module fastapi')
    expect(page).not.toMatch(/provisional|NaN|undefined|Infinity|`\/bin\/true` for each push/)
  })

  it('warns of a short run, and of a busy machine', () => {
    const page = performancePage({ ...RESULTS, rounds: 1, seconds: 1, loadBefore: 12.34 })
    expect(page).toContain(
      '**These figures are provisional.** The run was shortened to 1 round of 1 s. Other work kept the machine busy (load 12.3).',
    )
  })
})

describe('the chart', () => {
  it('draws bars by the figures, with names as text', () => {
    const [bare, own] = [...chart(RESULTS).matchAll(/width="([\d.]+)" height/g)].map(([, width]) =>
      Number(width),
    )
    expect(own).toBeCloseTo((bare ?? 0) / 4, 1)
    const named = chart({
      ...RESULTS,
      accepts: RESULTS.accepts.map((row) => ({ ...row, name: '<`a`&b>' })),
    })
    expect(named).toContain('>&lt;a&amp;b&gt;</text>')
  })
})

describe('medians', () => {
  it('takes the middle of each figure, and adds up failures', () => {
    const round = (perSecond: number, failed: number) => ({ large: { perSecond, failed } })
    expect(medians([round(5, 1), round(900, 0), round(7, 2)]).large).toEqual({
      perSecond: 7,
      failed: 3,
    })
    expect(medians([round(5, 0), round(8, 0)]).large.perSecond).toBe(6.5)
  })
})

const LOAD: LoadRound = {
  ...{ perSecond: 2000, p50: 9, p99: 20, cpuMicros: 200, writtenKb: 24, senderMicros: 50 },
  failed: 0,
}
const ROUND = { readyMs: 900, idleMiB: 100, loadMiB: 200, small: LOAD, large: LOAD }
const RUN = { program: 'python', answeredMs: 5, cpuMillis: 1, failed: 0 } as const
const RESULTS: Results = {
  accepts: [
    { ...ROUND, name: 'bare Hono', kind: 'bare', large: { ...LOAD, perSecond: 8000 } },
    { ...ROUND, name: 'Hookline', kind: 'hookline' },
    {
      ...{ ...ROUND, name: 'adnanh/webhook', kind: 'adnanh' },
      large: { ...LOAD, perSecond: 1500, failed: 3 },
    },
  ],
  programs: [
    { ...RUN, name: 'Hookline, `warm`', kind: 'hookline', perSecond: 40 },
    { ...RUN, name: 'Hookline, `workers`', kind: 'hookline', perSecond: 900 },
    { ...RUN, name: 'adnanh/webhook', kind: 'adnanh', perSecond: 30 },
  ],
  skipped: ['FastAPI: the module fastapi of Python is not installed'],
  machine: [['Processor', 'two cores']],
  ...{ rounds: 5, seconds: 3, loadBefore: 0.1, date: '2026-01-31' },
  ...{ smallBytes: 1998, largeBytes: 7678 },
}
