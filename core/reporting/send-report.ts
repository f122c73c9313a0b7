import type { RunningConfig } from '../contracts/config.ts'
import type { TaskReport } from '../contracts/provider/report.ts'
import type { StoreInstance } from '../contracts/store.ts'
import type { TaskRecord } from '../contracts/task.ts'
import { HooklineError } from '../errors/errors.ts'
import { isRetryable, retryMs, shownFault } from '../sdk/api/fault.ts'
import { isConclusion, type ReportRecord } from './record.ts'
import { descriptionOf, endOfOutput, stateToTell } from './told.ts'

const LOG_CHUNKS = 20
/** A provider that is down for longer is not told of this state any more. */
const GIVE_UP_MS = 24 * 60 * 60_000
/** Tries of a state that the provider refuses. */
const MAX_REFUSALS = 3

export interface SendTools {
  readonly config: () => RunningConfig
  readonly store: Pick<StoreInstance, 'readLog'>
  readonly redact: (text: string) => string
  readonly clock: () => number
  readonly signal: AbortSignal
}

/** Whether the provider knows less than what a task has come to. */
export function isNews(record: ReportRecord, task: TaskRecord): boolean {
  const state = stateToTell(task)
  if (record.commit === null) return false
  return state !== record.state || (isConclusion(state) && task.endedAt !== record.endedAt)
}

/**
 * Tells the provider how a task is, and returns what is known then; a fault is in it. `mayExist`: an earlier report may
 * have arrived whose answer nobody knows. Throws if the signal is aborted, and what the store throws.
 */
export async function sendReport(
  before: ReportRecord,
  task: TaskRecord,
  mayExist: boolean,
  tools: SendTools,
): Promise<ReportRecord> {
  const { config, clock, signal } = tools
  const isFirstTry = isNews(before, task)
  const state = stateToTell(task)
  // A task that runs again has a report of its own.
  const runsAgain = isConclusion(before.state) && isFirstTry
  const tried: ReportRecord = {
    ...before,
    state,
    endedAt: task.endedAt,
    ...(isFirstTry && { failures: 0, since: clock() }),
    ...(runsAgain && { ref: null }),
  }
  const report = await reportOf(tried, task, tools)
  try {
    const reporter = config().sources.get(before.to)?.instance.reporter
    if (reporter === undefined) throw withoutReporter(before.to)
    const earlier = { ref: tried.ref, mayExist: !runsAgain && (mayExist || before.failures > 0) }
    const ref = await reporter.send(report, earlier, signal)
    return { ...tried, ref, fault: null, failures: 0, nextAt: null, toldAt: clock() }
  } catch (error) {
    signal.throwIfAborted()
    const failures = tried.failures + 1
    const fault = shownFault(error, tools.redact)
    return { ...tried, fault, failures, nextAt: nextTry(error, { ...tried, failures }, clock()) }
  }
}

async function reportOf(
  { name, repository, commit, output: shows }: ReportRecord,
  task: TaskRecord,
  { config, store, redact }: SendTools,
): Promise<TaskReport> {
  const { configPublicUrl, dashboard } = config().settings
  const isEnd = isConclusion(stateToTell(task)) && task.startedAt !== null
  const log = shows && isEnd ? await store.readLog(task.id, { limit: LOG_CHUNKS, tail: true }) : []
  return {
    taskId: task.id,
    state: stateToTell(task),
    name,
    description: descriptionOf(task, redact),
    // The address of a tunnel leads to webhooks alone.
    url: configPublicUrl !== null && dashboard ? `${configPublicUrl}/tasks/${task.id}` : null,
    repository,
    commit: commit ?? '',
    startedAt: task.startedAt === null ? null : new Date(task.startedAt),
    endedAt: task.endedAt === null ? null : new Date(task.endedAt),
    output: endOfOutput(log, redact),
  }
}

/** When a state is tried again; null: it is given up. */
function nextTry(
  error: unknown,
  { failures, since }: Pick<ReportRecord, 'failures' | 'since'>,
  now: number,
): number | null {
  const isLast = isRetryable(error) ? now - since >= GIVE_UP_MS : failures >= MAX_REFUSALS
  if (isLast) return null
  return now + retryMs(error, failures)
}

function withoutReporter(source: string): HooklineError {
  const message = `The source '${source}' cannot report any more: the config has changed`
  return new HooklineError('report_impossible', message)
}
