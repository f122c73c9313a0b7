import { SETTLED_STATES, type TaskState } from '../contracts/task.ts'

/** Whether no worker leaves a state by itself. */
export function isSettled(state: TaskState): boolean {
  return (SETTLED_STATES as readonly TaskState[]).includes(state)
}
