import { Hono } from 'hono'
import type { ErrorGroup } from '../../contracts/counts.ts'
import { errorQuery, given, readQuery, statsQuery } from '../http/query.ts'
import { isoTime } from '../iso-time.ts'
import type { AppServices, HttpTypes } from '../services.ts'
import { SharedRead } from '../shared-read.ts'
import { listHref } from './measures.ts'
import { bucketRange } from './range.ts'
import { readStats, type StatsAsked, type StatsView } from './stats.ts'

/** Callers within this time share an answer: many pages fetch it whenever something has changed. */
const FRESH_MS = 1000
/** Answers that are kept to be shared. */
const MAX_SHARED = 50

/** `/api/stats`: counts over time, durations, and what waits now. */
export function statsRoutes({ store }: AppServices): Hono<HttpTypes> {
  const backlog = new SharedRead(() => store.backlog(), FRESH_MS)
  const shared = new Map<string, SharedRead<StatsView>>()
  const read = (asked: StatsAsked) =>
    readStats(asked, { store, backlog: () => backlog.get(), now: Date.now() })

  const routes = new Hono<HttpTypes>()
  routes.get('/', async (context) => {
    const { since, until, by } = readQuery(statsQuery, context.req.query())
    const range = bucketRange(given({ since, until }), Date.now())
    const asked = given({ range, until, by })
    const key = JSON.stringify(asked)
    const known = shared.get(key) ?? new SharedRead(() => read(asked), FRESH_MS)
    // The one that was asked for last is the last to go.
    shared.delete(key)
    shared.set(key, known)
    const [oldest] = shared.keys()
    if (shared.size > MAX_SHARED && oldest !== undefined) shared.delete(oldest)
    return context.json(await known.get())
  })
  return routes
}

/** `/api/errors`: why tasks are dead, by program and reason. */
export function errorRoutes({ store }: AppServices): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  routes.get('/', async (context) => {
    const page = await store.errors(given(readQuery(errorQuery, context.req.query())))
    return context.json({ errors: page.groups.map(errorView), next: page.next })
  })
  return routes
}

function errorView({ id, program, reason, count, firstAt, lastAt, lastTask }: ErrorGroup) {
  const filter = { state: 'dead', program, ...(reason === '' ? {} : { reason }) } as const
  return {
    ...{ id, program, reason, count, filter },
    firstAt: isoTime(firstAt),
    lastAt: isoTime(lastAt),
    lastTask,
    href: listHref('/api/tasks', filter),
  }
}

export type ErrorView = ReturnType<typeof errorView>
