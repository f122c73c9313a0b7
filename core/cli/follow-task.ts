import { setTimeout as sleep } from 'node:timers/promises'
import type { LogChunk, TaskState } from '../contracts/task.ts'
import { isHooklineError } from '../kit/errors.ts'
import type { ApiClient } from './api-client.ts'
import { readEvents } from './event-stream.ts'

const RECONNECT_MS = 1000
const MAX_RECONNECTS_IN_A_ROW = 30
// The service gives a sign of life every 15 seconds.
const MAX_SILENCE_MS = 60_000

/** What `followTask` needs of a log chunk. */
export type LogView = Pick<LogChunk, 'sequence' | 'attempt' | 'stream' | 'text'>

export interface FollowOptions {
  readonly client: ApiClient
  readonly taskId: string
  /** Called in order, once for each chunk. */
  readonly onLog: (chunk: LogView) => void
}

/**
 * Follows a task to its end and resolves to the state it ended in. Goes on after a restart of the service; throws
 * `service_unreachable` where it was never there, or stays away for half a minute.
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
  /** Since the last event. Before the first one, the limit: then nothing is tried again. */
  reconnects: number
}

/** Null where the connection ended before the task. */
async function followOnce(options: FollowOptions, progress: Progress): Promise<TaskState | null> {
  const { client, taskId, onLog } = options
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), MAX_SILENCE_MS)
  try {
    const path = `/api/tasks/${encodeURIComponent(taskId)}/log?after=${progress.after}`
    const stream = await client.stream(path, controller.signal)
    for await (const { event, data } of readEvents(refreshing(stream, timer))) {
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

function refreshing(stream: ReadableStream<Uint8Array>, timer: NodeJS.Timeout) {
  return stream.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        timer.refresh()
        controller.enqueue(chunk)
      },
    }),
  )
}
