import {
  type LogChunk,
  SETTLED_STATES,
  type TaskRecord,
  type TaskState,
} from '../../contracts/task.ts'
import type { FirstServices } from '../services.ts'
import type { Waiter } from '../waiter.ts'

const CHUNKS_PER_READ = 200
const POLL_MS = 1000

/** Receives a task's states and output while it runs. */
export interface TaskReader {
  /** Whether the reader has disconnected. */
  isGone(): boolean
  onState?(state: TaskState): Promise<unknown>
  onChunk(chunk: LogChunk): Promise<unknown>
  /** Called at least every second while there is nothing new. */
  onIdle?(): Promise<unknown>
}

export interface Follow {
  readonly taskId: string
  /** Sequence of the last chunk that the reader has. */
  readonly after: number
  readonly waiter: Waiter
}

/** Passes a task's output and states to a reader until the task is settled. Null if the reader or the node stopped before. */
export async function followTask(
  services: FirstServices,
  { taskId, after, waiter }: Follow,
  reader: TaskReader,
): Promise<TaskRecord | null> {
  let sequence = after
  let lastState: TaskState | null = null
  while (!reader.isGone() && !services.stopping.aborted) {
    // The state is read before the log, so that the log of a settled task is complete.
    const task = await services.store.task(taskId)
    if (task === null) return null
    if (task.state !== lastState) {
      lastState = task.state
      await reader.onState?.(lastState)
    }
    const chunks = await services.store.readLog(taskId, { after: sequence, limit: CHUNKS_PER_READ })
    for (const chunk of chunks) {
      sequence = chunk.sequence
      await reader.onChunk(chunk)
    }
    if (chunks.length > 0) continue
    if (isSettled(task.state)) return task
    await waiter.wait(POLL_MS)
    await reader.onIdle?.()
  }
  return null
}

/** The task once it is settled; null if it is not within the limit, or if the reader or the node stopped before. */
export async function waitForEnd(
  services: FirstServices,
  wait: { readonly taskId: string; readonly limitMs: number; readonly isGone: () => boolean },
  waiter: Waiter,
): Promise<TaskRecord | null> {
  const deadline = performance.now() + wait.limitMs
  while (!wait.isGone() && !services.stopping.aborted) {
    const task = await services.store.task(wait.taskId)
    if (task === null || isSettled(task.state)) return task
    const leftMs = deadline - performance.now()
    if (leftMs <= 0) return null
    await waiter.wait(Math.min(POLL_MS, leftMs))
  }
  return null
}

/** Whether no worker leaves a state by itself. */
export function isSettled(state: TaskState): boolean {
  return (SETTLED_STATES as readonly TaskState[]).includes(state)
}
