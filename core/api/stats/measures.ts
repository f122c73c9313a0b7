import type { Counts } from '../../contracts/counts.ts'
import { quantileMs } from '../../projection/durations.ts'

/** What is counted, and the list that shows it: its path and filters besides time and name. Null: there is none. */
export const FIGURES = {
  accepted: '/api/deliveries?outcome=accepted',
  duplicate: '/api/deliveries?outcome=duplicate',
  refused: '/api/deliveries?outcome=refused',
  created: '/api/tasks?',
  succeeded: '/api/tasks?state=succeeded',
  dead: '/api/tasks?state=dead',
  cancelled: '/api/tasks?state=cancelled',
  failedAttempts: null,
} as const

export type FigureName = keyof typeof FIGURES

export const DELIVERY_FIGURES = ['accepted', 'duplicate', 'refused'] as const
export const TASK_FIGURES = ['created', 'succeeded', 'dead', 'cancelled', 'failedAttempts'] as const

/** Durations as a chart shows them: median and 95th percentile, in milliseconds. */
export const DURATIONS = {
  runP50Ms: ['run:', 0.5],
  runP95Ms: ['run:', 0.95],
  waitP50Ms: ['wait:', 0.5],
  waitP95Ms: ['wait:', 0.95],
} as const

export type DurationName = keyof typeof DURATIONS

/** A number, and the call that lists what it counts. */
export interface Figure {
  readonly value: number
  readonly href: string | null
}

/** What the lists of figures are filtered by, with the names of their queries. Times are ISO 8601. */
export type FigureScope = { readonly [Name in 'since' | 'until' | 'source' | 'program']?: string }

export function figure(name: FigureName, value: number, scope: FigureScope): Figure {
  const list = FIGURES[name]
  return { value, href: list === null ? null : listHref(list, scope) }
}

/** The call that lists what the filters leave, besides those that the list has. */
export function listHref(list: string, filters: Readonly<Record<string, string>>): string {
  const url = new URL(list, 'http://localhost')
  for (const [name, value] of Object.entries(filters)) url.searchParams.set(name, value)
  return `${url.pathname}${url.search}`
}

/** Median and 95th percentile of durations in milliseconds; null if there are none. */
export function percentiles(counts: Counts, prefix: 'run:' | 'wait:') {
  const p50Ms = quantileMs(counts, prefix, 0.5)
  const p95Ms = quantileMs(counts, prefix, 0.95)
  return p50Ms === null || p95Ms === null ? null : { p50Ms, p95Ms }
}

/** The share of tasks that succeeded, of those that succeeded or are dead; null if there are none. */
export function successRate({ succeeded = 0, dead = 0 }: Counts): number | null {
  return succeeded + dead === 0 ? null : succeeded / (succeeded + dead)
}
