import type { LogChunk, TaskRecord, TaskState } from '../contracts/task.ts'
import { isSettled } from '../kit/task-state.ts'
import type { AppServices } from './services.ts'
import type { Bell } from './task-bells.ts'

const CHUNKS_PER_READ = 200
const POLL_MS = 1000

/** Who is told of a task while it goes on. */
export interface TaskReader {
  /** Whether nobody reads any more. */
  isGone(): boolean
  onState?(state: TaskState): Promise<unknown>
  onChunk(chunk: LogChunk): Promise<unknown>
  /** Called at least every second while there is nothing else to tell. */
  onQuiet?(): Promise<unknown>
}

export interface Follow {
  readonly taskId: string
  /** Sequence of the last chunk that the reader has. */
  readonly after: number
  readonly bell: Bell
}

/** Tells of a task's output and states until it is settled. Null where the reader or the node went before. */
export async function followTask(
  services: AppServices,
  { taskId, after, bell }: Follow,
  reader: TaskReader,
): Promise<TaskRecord | null> {
  let sequence = after
  let told: TaskState | null = null
  while (!reader.isGone() && !services.stopping.aborted) {
    // The state is read first: what a settled task wrote is then surely all there.
    const task = await services.store.task(taskId)
    if (task === null) return null
    if (task.state !== told) {
      told = task.state
      await reader.onState?.(told)
    }
    const chunks = await services.store.readLog(taskId, { after: sequence, limit: CHUNKS_PER_READ })
    for (const chunk of chunks) {
      sequence = chunk.sequence
      await reader.onChunk(chunk)
    }
    if (chunks.length > 0) continue
    if (isSettled(task.state)) return task
    await bell.wait(POLL_MS)
    await reader.onQuiet?.()
  }
  return null
}

/** The task once it is settled; null where it is not after so many milliseconds, or the reader or the node went before. */
export async function waitForEnd(
  services: AppServices,
  wait: { readonly taskId: string; readonly limitMs: number; readonly isGone: () => boolean },
  bell: Bell,
): Promise<TaskRecord | null> {
  const deadline = performance.now() + wait.limitMs
  while (!wait.isGone() && !services.stopping.aborted) {
    const task = await services.store.task(wait.taskId)
    if (task === null || isSettled(task.state)) return task
    const leftMs = deadline - performance.now()
    if (leftMs <= 0) return null
    await bell.wait(Math.min(POLL_MS, leftMs))
  }
  return null
}
