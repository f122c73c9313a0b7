import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const WORKER = join(import.meta.dirname, '../../../fixtures/bullmq/worker.ts')

/** A job that a worker has begun. */
export interface BegunJob {
  readonly id: string
  readonly name: string
  readonly data: unknown
}

/** A real worker of BullMQ in a process of its own. */
export interface BullWorker {
  /** What it has begun, each time. */
  readonly begun: readonly BegunJob[]
  /** Resolves when it has begun a job of this id. */
  hasBegun(id: string): Promise<BegunJob>
  /** Lets the jobs that it holds end. */
  release(): void
  kill(): Promise<void>
}

/** Starts a worker with these options of BullMQ. */
export async function startWorker(
  url: string,
  queue: string,
  options: Readonly<Record<string, number>> = {},
): Promise<BullWorker> {
  const args = [url, queue, JSON.stringify(options)]
  const child = fork(WORKER, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const begun: BegunJob[] = []
  const ready = Promise.withResolvers<void>()
  child.on('message', (message: BegunJob | 'ready') => {
    if (message === 'ready') ready.resolve()
    else begun.push(message)
  })
  child.once('exit', (code) => ready.reject(new Error(`the worker ended with ${code}`)))
  await ready.promise
  const find = (id: string) => begun.find((job) => job.id === id)
  return {
    begun,
    hasBegun: async (id) => {
      for (let job = find(id); ; job = find(id)) {
        if (job !== undefined) return job
        await once(child, 'message')
      }
    },
    release: () => void child.send('release'),
    kill: () => end(child),
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
