import type { RunningConfig, RunningRule } from '../contracts/config.ts'
import type { RunningReport } from '../contracts/provider/report.ts'
import type { StoreInstance, TaskFilter } from '../contracts/store.ts'
import type { TaskRecord } from '../contracts/task.ts'
import { HooklineError } from '../errors/errors.ts'
import { shownFault } from '../sdk/api/fault.ts'
import type { ReportRecord } from './record.ts'

/** Ids of tasks have the time of the node that made them, and may be committed in another order. */
const OVERLAP_MS = 10 * 60_000
const PAGE = 100

export interface ReportingRule extends RunningRule {
  readonly report: RunningReport
}

export function reportingRules({ rules }: RunningConfig): readonly ReportingRule[] {
  return rules.filter((rule): rule is ReportingRule => rule.report !== null)
}

/** Since when tasks of a rule may not have been looked at. */
export function unseenSince(marks: ReadonlyMap<string, number>, rule: string, now: number): number {
  // The clock may have been set back since.
  return Math.min(marks.get(rule) ?? now, now) - OVERLAP_MS
}

/** The mark of a rule whose tasks from before a time are not looked at any more. */
export function seenAt(time: number): number {
  return time + OVERLAP_MS
}

export interface FindTasks {
  readonly store: Pick<StoreInstance, 'tasks'>
  readonly rule: string
  /** Milliseconds since the epoch. */
  readonly since: number
  /** Whether there is a record of a task. */
  readonly isKnown: (taskId: string) => boolean
  /** Also looks behind tasks that are known, and for older ones that wait or run again. */
  readonly isThorough: boolean
}

/** Tasks of a rule as they are now: at least the new ones. */
export async function* findTasks(find: FindTasks): AsyncGenerator<TaskRecord> {
  const { store, rule, since, isKnown, isThorough } = find
  for await (const page of pagesOf(store, { rule, since, limit: PAGE })) {
    yield* page
    if (!isThorough && page.every(({ id }) => isKnown(id))) break
  }
  if (!isThorough) return
  for (const state of ['waiting', 'running'] as const) {
    for await (const page of pagesOf(store, { rule, state, limit: PAGE })) yield* page
  }
}

async function* pagesOf(
  store: Pick<StoreInstance, 'tasks'>,
  filter: TaskFilter,
): AsyncGenerator<readonly TaskRecord[]> {
  for (let after: string | null | undefined; after !== null; ) {
    const page = await store.tasks(after === undefined ? filter : { ...filter, after })
    yield page.items
    after = page.next
  }
}

/** The record of a task that nothing was told about yet. Null as `commit`: there is none to report on. */
export function newReport(
  task: TaskRecord,
  report: RunningReport,
  place: Pick<ReportRecord, 'repository' | 'commit'>,
): ReportRecord {
  return {
    task: task.id,
    ...report,
    name: task.step === 0 ? report.name : `${report.name} (${task.program})`,
    ...place,
    fault: place.commit === null ? shownFault(noCommit(), (text) => text) : null,
    ...{ state: null, endedAt: null, ref: null, failures: 0 },
    ...{ since: 0, nextAt: null, toldAt: null, rerun: null },
  }
}

function noCommit(): HooklineError {
  return new HooklineError('report_no_commit', 'The event names no commit')
}
