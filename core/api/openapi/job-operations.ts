import { z } from 'zod'
import { JOB_ACTIONS, JOB_STATES } from '../../jobs/job.ts'
import { jobBody } from '../jobs/request.ts'
import { type Operation, ok, operations, time } from './operation.ts'

const action = z.enum(JOB_ACTIONS)
const filter = z.record(z.string(), z.unknown())

const jobSchema = z
  .strictObject({
    id: z.string(),
    action,
    filter: filter.describe('As it was given, with times instead of durations.'),
    state: z.enum(JOB_STATES),
    total: z.int().nullable().describe('Number of items; null until all are selected.'),
    done: z.int(),
    skipped: z.int().describe('Items that had changed, were deleted, or cannot be replayed.'),
    failed: z.int(),
    failures: z
      .array(z.strictObject({ id: z.string(), reason: z.string() }))
      .describe('The first items that failed.'),
    reason: z.string().nullable().describe('Why the job failed.'),
    createdBy: z.string(),
    createdAt: time,
    startedAt: time.nullable(),
    endedAt: time.nullable(),
    node: z.string().nullable().describe('The node that carries it out, or did last.'),
  })
  .meta({ id: 'Job' })

const dryRun = z
  .strictObject({
    action,
    filter,
    count: z.int(),
    more: z.boolean().describe('Whether there are more: the count has a limit.'),
    sample: z.array(z.looseObject({ id: z.string() })).describe('The newest tasks or deliveries.'),
  })
  .meta({ id: 'JobPreview' })

const job = ok('The job.', jobSchema)
export const JOB_OPERATIONS: readonly Operation[] = operations('Jobs', {
  'GET /api/jobs': {
    id: 'listJobs',
    summary: 'Lists the jobs, newest first: all that have not ended, and 100 that have.',
    role: 'viewer',
    answers: ok('All jobs.', z.strictObject({ jobs: z.array(jobSchema) })),
  },
  'POST /api/jobs': {
    id: 'createJob',
    summary: 'Retries or cancels all tasks, or replays all deliveries, that a filter selects.',
    role: 'operator',
    body: jobBody.meta({ id: 'JobRequest' }),
    problems: ['jobs_too_many'],
    answers: {
      200: { description: 'What would be selected, with `dryRun`.', schema: dryRun },
      202: { description: 'The job, which a node carries out.', schema: jobSchema },
    },
  },
  'GET /api/jobs/:id': {
    id: 'getJob',
    summary: 'Shows a job and its progress.',
    role: 'viewer',
    problems: ['job_unknown'],
    answers: job,
  },
  'POST /api/jobs/:id/cancel': {
    id: 'cancelJob',
    summary: 'Ends a job. What it has done stays done.',
    role: 'operator',
    problems: ['job_unknown', 'job_already_ended', 'job_busy'],
    answers: job,
  },
})
