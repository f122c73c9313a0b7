import { z } from 'zod'
import { PAUSE_KINDS } from '../../contracts/pause.ts'
import { pauseBody } from '../pauses/routes.ts'
import { type Operation, ok, operations, time } from './operation.ts'

const shape = {
  kind: z.enum(PAUSE_KINDS),
  name: z.string().describe('Of a rule, the id that its tasks show.'),
  state: z
    .enum(['paused', 'resuming', 'ended'])
    .describe('`resuming`: its tasks are being released in order. Only DELETE answers `ended`.'),
  since: time,
  by: z.string().describe('Name of the token, or `breaker`.'),
  reason: z.string().nullable(),
}

/** A pause as tasks show it. */
export const shortPauseSchema = z.strictObject(shape).meta({ id: 'PauseSummary' })

export const pauseSchema = z
  .strictObject({
    ...shape,
    breaker: z
      .strictObject({
        probeAt: time.describe('When the next task may be tried.'),
        probing: z.string().nullable().describe('The task that is being tried.'),
      })
      .nullable()
      .describe('Null if a person paused it.'),
  })
  .meta({ id: 'Pause' })

const pause = ok('The pause.', pauseSchema)

export const PAUSE_OPERATIONS: readonly Operation[] = operations('Pauses', {
  'GET /api/pauses': {
    id: 'listPauses',
    summary: 'Lists what is paused.',
    role: 'viewer',
    answers: ok('All pauses.', z.strictObject({ pauses: z.array(pauseSchema) })),
  },
  'PUT /api/pauses/:kind/:name{.+}': {
    id: 'pause',
    summary:
      'Pauses a source, rule or program: deliveries are accepted, and tasks wait. Again: keeps the time, and takes over who and why, also from a breaker.',
    role: 'operator',
    body: pauseBody.meta({ id: 'PauseRequest' }).optional(),
    problems: ['pause_target_unknown'],
    answers: pause,
  },
  'DELETE /api/pauses/:kind/:name{.+}': {
    id: 'resume',
    summary: 'Resumes a source, rule or program. Its tasks are claimed in their order.',
    role: 'operator',
    problems: ['pause_unknown'],
    answers: pause,
  },
})
