import type { Context } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import type { TaskState } from '../contracts/task.ts'
import { isSettled } from '../kit/task-state.ts'
import type { HttpTypes, Services } from './services.ts'
import { logView } from './views.ts'

const CHUNKS_PER_READ = 200
const POLL_MS = 1000
const HEARTBEAT_MS = 15_000

interface Follow {
  readonly taskId: string
  /** Sequence of the last chunk that the reader has. */
  readonly after: number
}

/** Streams a task's log as server-sent events until the task is settled: `log`, `state`, then `end`. */
export function followLog(context: Context<HttpTypes>, services: Services, from: Follow): Response {
  return streamSSE(context, async (stream) => {
    const bell = new Bell()
    const unsubscribe = services.store.subscribe((change) => {
      if ((change.kind === 'log' || change.kind === 'task') && change.taskId === from.taskId)
        bell.ring()
    })
    const stop = () => bell.ring()
    services.stopping.addEventListener('abort', stop)
    stream.onAbort(stop)
    try {
      await follow(stream, services, { ...from, bell })
    } finally {
      unsubscribe()
      services.stopping.removeEventListener('abort', stop)
    }
  })
}

async function follow(
  stream: SSEStreamingApi,
  services: Services,
  { taskId, after, bell }: Follow & { readonly bell: Bell },
): Promise<void> {
  let sequence = after
  let shown: TaskState | null = null
  let quietSince = Date.now()
  while (!stream.aborted && !services.stopping.aborted) {
    // The state is read first: what a settled task wrote is then surely all there.
    const task = await services.store.task(taskId)
    if (task === null) break
    if (task.state !== shown) {
      shown = task.state
      await stream.writeSSE({ event: 'state', data: JSON.stringify({ state: shown }) })
    }
    const chunks = await services.store.readLog(taskId, { after: sequence, limit: CHUNKS_PER_READ })
    for (const chunk of chunks) {
      sequence = chunk.sequence
      const data = JSON.stringify(logView(chunk))
      await stream.writeSSE({ event: 'log', id: String(sequence), data })
    }
    if (chunks.length > 0) {
      quietSince = Date.now()
      continue
    }
    if (isSettled(task.state)) {
      await stream.writeSSE({ event: 'end', data: JSON.stringify({ state: task.state }) })
      break
    }
    await bell.wait(POLL_MS)
    if (Date.now() - quietSince >= HEARTBEAT_MS) {
      quietSince = Date.now()
      await stream.write(': still here\n\n')
    }
  }
}

/** Wakes one waiter; a ring before the wait is not lost. */
class Bell {
  #rung = false
  #wake: (() => void) | null = null

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  async wait(limitMs: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, limitMs)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#wake = null
    this.#rung = false
  }
}
