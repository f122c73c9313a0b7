import type { RunningRule } from '../contracts/config.ts'
import type { WebhookEvent } from '../contracts/event.ts'
import type { NewTask } from '../contracts/store.ts'
import { createId } from '../kit/id.ts'
import { evaluationFault } from './evaluation-fault.ts'

export interface PlannedTask {
  readonly task: NewTask
  /** Why it has no key though the policy gives one; null where nothing went wrong. */
  readonly fault: string | null
}

/** The task of a rule that matched, as its program's policy places it. */
export function planTask(
  event: WebhookEvent,
  { id, program, policy, policyKey }: RunningRule,
): PlannedTask {
  const now = event.receivedAt.getTime()
  const task: NewTask = {
    id: createId('tsk', now),
    rule: id,
    program,
    dueAt: now + policy.debounceSeconds * 1000,
    policyKey: null,
    priority: policy.priority,
    replaces: policy.replaces,
  }
  if (policyKey === null) return { task, fault: null }
  try {
    return { task: { ...task, policyKey: policyKey.evaluate(event) }, fault: null }
  } catch (error) {
    // Nothing is known of what it belongs to, so it takes no one's place, and no other without a key takes its.
    return { task: { ...task, replaces: 'none' }, fault: evaluationFault(error) }
  }
}
