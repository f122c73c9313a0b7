import { z } from 'zod'
import type { DocumentStore, DocumentWrite } from '../contracts/document.ts'
import { TASK_STATES } from '../contracts/task.ts'

/** Collection with a document for each job. */
export const JOBS = 'jobs'
export const JOB_ACTIONS = ['retry', 'cancel', 'replay'] as const
export const JOB_STATES = ['waiting', 'running', 'succeeded', 'failed', 'cancelled'] as const

export type JobAction = (typeof JOB_ACTIONS)[number]

const count = z.int().min(0)
const time = z.number()

// Loose: what a newer node adds is kept.
const jobSchema = z.looseObject({
  action: z.enum(JOB_ACTIONS),
  /** As it was given, with times instead of durations. */
  filter: z.record(z.string(), z.unknown()),
  /** The lists whose items are selected, one after the other: filters of the store. */
  lists: z.array(z.looseObject({})),
  /** Tasks in other states are skipped. Of a replay: none. */
  taskStates: z.array(z.enum(TASK_STATES)),
  state: z.enum(JOB_STATES),
  /** Why it failed. */
  reason: z.string().nullable(),
  /** Where the selection goes on; null once all items are selected. */
  selecting: z.object({ list: count, after: z.string() }).nullable(),
  /** Before this id, every list begins: what comes later is not selected. */
  before: z.string(),
  selected: count,
  /** Selected items that nothing was done with yet. */
  left: count,
  done: count,
  skipped: count,
  failed: count,
  /** The first items that failed. */
  failures: z.array(z.object({ id: z.string(), reason: z.string() })),
  createdBy: z.string(),
  /** Milliseconds since the epoch. */
  createdAt: time,
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  /** The runner that carries it out, and the name of its node; null: none. */
  holder: z.string().nullable(),
  node: z.string().nullable(),
})

/** Retries, cancels or replays what a filter selects. */
export type Job = z.output<typeof jobSchema>

export interface StoredJob {
  readonly id: string
  readonly version: number
  readonly job: Job
}

/**
 * All jobs, newest first, except those that another version of Hookline wrote in a form of its own; with `id`, only that
 * one, if it is there.
 */
export async function readJobs(
  store: Pick<DocumentStore, 'documents'>,
  id?: string,
): Promise<StoredJob[]> {
  const documents = await store.documents(JOBS, id)
  return documents.toReversed().flatMap(({ name: id, version, value }) => {
    const { data: job } = jobSchema.safeParse(JSON.parse(value))
    return job === undefined ? [] : [{ id, version, job }]
  })
}

/** Puts a job in place of the given version; null: of none. */
export function jobWrite(id: string, job: Job, expect: number | null): DocumentWrite {
  return { collection: JOBS, name: id, value: JSON.stringify(job), expect }
}

export function hasEnded({ state }: Pick<Job, 'state'>): boolean {
  return state !== 'waiting' && state !== 'running'
}
