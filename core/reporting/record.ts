import { z } from 'zod'
import type { DocumentStore, DocumentWrite } from '../contracts/document.ts'
import { documentRecords } from '../work/document-records.ts'

const COLLECTION = 'reports'
const MARKS = { collection: 'report-marks', name: 'marks' }

const STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'skipped'] as const
const CONCLUSIONS: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled', 'skipped'])

/** Times are milliseconds since the epoch. */
const recordSchema = z.object({
  task: z.string(),
  /** Source of the config whose provider is told. */
  to: z.string(),
  name: z.string(),
  /** Whether the end of the output is told. */
  output: z.boolean(),
  repository: z.string(),
  /** Null: the event names no commit, so nothing can be reported. */
  commit: z.string().nullable(),
  /** What was told, or tried, last; null: nothing yet. */
  state: z.enum(STATES).nullable(),
  /** End of the task as it was told: a second run that ends alike is told again. */
  endedAt: z.number().nullable(),
  /** What finds the report at the provider. */
  ref: z.string().nullable(),
  /** Why the last try failed; null if it did not. */
  fault: z.object({ code: z.string(), message: z.string(), remedy: z.string() }).nullable(),
  /** Tries of this state that failed. */
  failures: z.int(),
  /** First try of this state. */
  since: z.number(),
  /** When this state is tried again; null: it is not. */
  nextAt: z.number().nullable(),
  /** When the provider was last told something. */
  toldAt: z.number().nullable(),
  /** The last delivery that asked for another run of the task; null: none did. */
  rerun: z.string().nullable().default(null),
})

/** What is known about the report of one task. */
export type ReportRecord = z.output<typeof recordSchema>

export type ReportStore = Pick<DocumentStore, 'documents' | 'writeDocuments'>

export function isConclusion(state: string | null): boolean {
  return state !== null && CONCLUSIONS.has(state)
}

/** Whether something may have to be told about the task without anybody retrying it. */
export function isOpen({ commit, state, nextAt }: ReportRecord): boolean {
  return commit !== null && (!isConclusion(state) || nextAt !== null)
}

/** All records by the id of their task. */
export function readReports(store: ReportStore): Promise<ReadonlyMap<string, ReportRecord>> {
  return documentRecords(store, COLLECTION, recordSchema)
}

/** The record of a task; null: its rule reports to nobody, or it is one of long ago. */
export async function readReport(store: ReportStore, task: string): Promise<ReportRecord | null> {
  return (await documentRecords(store, COLLECTION, recordSchema, task)).get(task) ?? null
}

export function writeOf(record: ReportRecord): DocumentWrite {
  return { collection: COLLECTION, name: record.task, value: JSON.stringify(record) }
}

export function deletionOf({ task }: ReportRecord): DocumentWrite {
  return { collection: COLLECTION, name: task, value: null }
}

/** Up to when the tasks of each rule were looked at. */
export async function readMarks(store: ReportStore): Promise<Map<string, number>> {
  const schema = z.record(z.string(), z.number())
  const found = await documentRecords(store, MARKS.collection, schema)
  return new Map(Object.entries(found.get(MARKS.name) ?? {}))
}

export function marksWrite(marks: ReadonlyMap<string, number>): DocumentWrite {
  return { ...MARKS, value: JSON.stringify(Object.fromEntries(marks)) }
}
