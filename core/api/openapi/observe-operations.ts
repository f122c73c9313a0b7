import { z } from 'zod'
import { errorQuery, eventsQuery, statsQuery } from '../http/query.ts'
import {
  DELIVERY_FIGURES,
  DURATIONS,
  type DurationName,
  FIGURES,
  type FigureName,
  TASK_FIGURES,
} from '../stats/measures.ts'
import { SPLITS } from '../stats/series.ts'
import { next, type Operation, ok, operations, time } from './operation.ts'

const href = z.string().describe('The call that lists what is counted.')
const figure = z.strictObject({ value: z.int(), href: href.nullable() }).meta({ id: 'Figure' })
const figures = <Name extends FigureName>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, figure])) as Record<Name, typeof figure>
const percentiles = z
  .strictObject({ p50Ms: z.number(), p95Ms: z.number() })
  .meta({ id: 'Percentiles' })
  .nullable()
  .describe('Median and 95th percentile in milliseconds, each within 10 %; null: none.')
const durations = {
  successRate: z
    .number()
    .nullable()
    .describe('Of the tasks that succeeded or are dead, the share that succeeded.'),
  run: percentiles,
  wait: percentiles,
}
const queue = {
  waiting: figure,
  running: figure,
  oldestDueAt: time.nullable().describe('The earliest due time of a waiting task.'),
  lateSeconds: z.int().describe('How long that has passed; 0 if it lies ahead.'),
}
const measures = [...Object.keys(FIGURES), ...Object.keys(DURATIONS)] as [FigureName | DurationName]

const statsSchema = z
  .strictObject({
    since: time,
    until: time,
    widthSeconds: z.int().describe('Width of a bucket.'),
    by: z.enum(SPLITS).nullable(),
    times: z.array(z.int()).describe('When each bucket begins, in seconds since the epoch.'),
    series: z.array(
      z.strictObject({
        measure: z.enum(measures),
        name: z
          .string()
          .nullable()
          .describe('The program, source or error code; null: everything.'),
        total: z.int().nullable(),
        values: z.array(z.number().nullable()).describe('One for each of `times`.'),
        href: href.nullable(),
      }),
    ),
    moreNames: z.int().describe('Names that have no series here, since others are more frequent.'),
    totals: z.strictObject({ ...figures(DELIVERY_FIGURES), ...figures(TASK_FIGURES) }),
    ...durations,
    sources: z.array(
      z.strictObject({
        source: z.string(),
        ...figures(DELIVERY_FIGURES),
        refusedBy: z.record(z.string(), z.int()).describe('Refusals by error code.'),
      }),
    ),
    programs: z.array(
      z.strictObject({ program: z.string(), ...figures(TASK_FIGURES), ...durations, ...queue }),
    ),
    queue: z.strictObject(queue).describe('What waits and runs now.'),
  })
  .meta({ id: 'Stats' })

const errorSchema = z
  .strictObject({
    id: z.string(),
    program: z.string(),
    reason: z
      .string()
      .describe(
        'With `<n>`, `<id>`, `<path>` and others in place of what differs from task to task.',
      ),
    count: z.int().describe('Number of tasks that are dead now: neither retried nor deleted.'),
    firstAt: time.describe('When a task first died of it, retried and deleted ones included.'),
    lastAt: time,
    lastTask: z.string(),
    filter: z
      .strictObject({
        state: z.literal('dead'),
        program: z.string(),
        reason: z.string().optional(),
      })
      .describe('Its tasks, for a list or a job.'),
    href: href.describe('The call that lists its tasks.'),
  })
  .meta({ id: 'ErrorGroup' })

export const OBSERVE_OPERATIONS: readonly Operation[] = [
  ...operations('Observe', {
    'GET /api/stats': {
      id: 'getStats',
      summary:
        'Counts deliveries, tasks and attempts over time, and shows how long programs took. The last day by default.',
      role: 'viewer',
      query: statsQuery,
      answers: ok('Series, totals, and what waits now.', statsSchema),
    },
    'GET /api/errors': {
      id: 'listErrors',
      summary: 'Groups the tasks that are dead by program and reason; first what died last.',
      role: 'viewer',
      query: errorQuery,
      answers: ok('A page.', z.strictObject({ errors: z.array(errorSchema), next })),
    },
    'GET /api/events': {
      id: 'streamEvents',
      summary:
        'Streams what changes as server-sent events, at most about twice a second. They name no more than what to fetch again.',
      role: 'viewer',
      query: eventsQuery,
      answers: {
        200: {
          description:
            '`sync` comes first, and whenever changes may have been missed: fetch all that is shown. `task` has `{tasks: [{id, state}], more}`, with at most 50 tasks. All other events have no data.',
          types: ['text/event-stream'],
        },
      },
    },
  }),
]
