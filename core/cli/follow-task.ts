import { setTimeout as sleep } from 'node:timers/promises'
import type { LogChunk, TaskState } from '../contracts/task.ts'
import { isHooklineError } from '../errors/errors.ts'
import { type ApiClient, apiPath } from './api-client.ts'
import { readEvents } from './event-stream.ts'

const RECONNECT_MS = 1000
const MAX_RECONNECTS_IN_A_ROW = 30
// The service sends a comment every 15 seconds where there is nothing else to send.
const MAX_SILENCE_MS = 60_000

/** The part of a log chunk that commands print. */
export type LogView = Pick<LogChunk, 'sequence' | 'attempt' | 'stream' | 'text'>

export interface FollowOptions {
  readonly client: ApiClient
  readonly taskId: string
  /** Called in order, once for each chunk. */
  readonly onLog: (chunk: LogView) => void
}

/**
 * Follows a task and resolves to its final state. Reconnects after a restart of the service. Throws
 * `service_unreachable` if the service did not answer at first, or does not come back within 30 seconds.
 */
export async function followTask(options: FollowOptions): Promise<TaskState> {
  const progress: Progress = { after: 0, reconnects: MAX_RECONNECTS_IN_A_ROW }
  for (;;) {
    try {
      const state = await followOnce(options, progress)
      if (state !== null) return state
    } catch (error) {
      const isPassing = isHooklineError(error) && error.code === 'service_unreachable'
      if (!isPassing || progress.reconnects >= MAX_RECONNECTS_IN_A_ROW) throw error
    }
    progress.reconnects++
    await sleep(RECONNECT_MS)
  }
}

interface Progress {
  /** Sequence of the last chunk seen. */
  after: number
  /** Attempts since the last event. Starts at the limit: no retries before the first event has come. */
  reconnects: number
}

/** The final state; null if the connection ended before the task did. */
async function followOnce(options: FollowOptions, progress: Progress): Promise<TaskState | null> {
  const { client, taskId, onLog } = options
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), MAX_SILENCE_MS)
  try {
    const path = apiPath`/api/tasks/${taskId}/log?after=${String(progress.after)}`
    const stream = await client.stream(path, controller.signal)
    for await (const { event, data } of readEvents(stream, () => timer.refresh())) {
      timer.refresh()
      progress.reconnects = 0
      if (event === 'end') return JSON.parse(data).state
      if (event !== 'log') continue
      const chunk = JSON.parse(data) as LogView
      progress.after = chunk.sequence
      onLog(chunk)
    }
    return null
  } catch (error) {
    if (isHooklineError(error)) throw error
    return null
  } finally {
    clearTimeout(timer)
    controller.abort()
  }
}
