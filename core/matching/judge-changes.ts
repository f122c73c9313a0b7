import type { RunningConfig } from '../contracts/config.ts'
import type { KnownChanges, WebhookEvent } from '../contracts/event.ts'
import type { Claim } from '../contracts/store.ts'
import { isHooklineError } from '../errors/errors.ts'
import { isRetryable, retryMs } from '../sdk/api/fault.ts'
import { readStoredEvent } from './stored-event.ts'

/** For so long after its creation a task waits for a provider that cannot answer. Then it runs. */
const MAX_WAIT_MS = 60 * 60_000
const MAX_PAUSE_MS = 5 * 60_000
/** Its pause: 10 seconds. The tries of a task are not counted. */
const TRY = 2
const ASKS_FOR_CHANGES = /\bchangedFiles\s*\(/

/** What becomes of a task whose condition asks for changed files. `later`: the provider could not answer. */
export type ChangesVerdict =
  | { readonly kind: 'run' }
  | { readonly kind: 'skip' }
  | { readonly kind: 'later'; readonly why: string; readonly waitMs: number }

const RUN: ChangesVerdict = { kind: 'run' }

/**
 * Judges the condition of a claimed task if not all changed files were known when it was made. A task runs where nobody can
 * tell: a run too many is seen, and one that is missing is not. Throws if the signal is aborted.
 */
export async function judgeChanges(
  { rules, sources }: Pick<RunningConfig, 'rules' | 'sources'>,
  { task, event: stored }: Claim,
  now: number,
  signal: AbortSignal,
): Promise<ChangesVerdict> {
  if (task.step > 0) return RUN
  const condition = rules.find(({ id }) => id === task.rule)?.condition
  if (!condition || !ASKS_FOR_CHANGES.test(condition.text)) return RUN
  const { event } = readStoredEvent(stored)
  const decided = (changes?: KnownChanges) =>
    decide(() => condition.evaluate(event, undefined, changes))
  // Whatever it gives now, it was true when the task was made: the rule may have been changed since.
  if (decided() !== 'unknown') return RUN
  try {
    const changes = (await lookUp(sources, event, signal)) ?? { files: [], isComplete: false }
    return decided(changes) === false ? { kind: 'skip' } : RUN
  } catch (error) {
    signal.throwIfAborted()
    if (!isRetryable(error) || now - task.createdAt > MAX_WAIT_MS) return RUN
    const why = error instanceof Error ? error.message : 'no answer'
    return { kind: 'later', why, waitMs: Math.min(MAX_PAUSE_MS, retryMs(error, TRY)) }
  }
}

function lookUp(
  sources: RunningConfig['sources'],
  event: WebhookEvent,
  signal: AbortSignal,
): Promise<KnownChanges | null> {
  const changes = sources.get(event.source)?.instance.changes
  return changes === undefined ? Promise.resolve(null) : changes.find(event, signal)
}

function decide(evaluate: () => boolean): boolean | 'unknown' {
  try {
    return evaluate()
  } catch (error) {
    return isHooklineError(error) && error.code === 'changes_unknown' ? 'unknown' : true
  }
}
