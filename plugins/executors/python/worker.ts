import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'
import {
  type ChildOwner,
  encodeFrame,
  FROM_HELPER,
  type Frame,
  FrameReader,
  HelperChild,
  HooklineError,
  TO_HELPER,
  withTimeLimit,
} from '../../../core/sdk/executor.ts'
import type { ForkedChild } from './forked-child.ts'

/** A worker that does not even begin a run in this time counts as lost. */
const ANSWER_SECONDS = 30
const LAST_READ_SECONDS = 1

/** A process of a fork server that carries out one run after another. */
export class Worker extends HelperChild {
  readonly isResident = true
  readonly #onGone: (worker: Worker) => void
  readonly #connected = Promise.withResolvers<void>()
  readonly #closed = Promise.withResolvers<true>()
  #socket: Socket | null = null
  #run: ForkedChild | null = null

  /** `onGone` is called once, when it takes no more runs. */
  constructor(id: number, owner: ChildOwner, onGone: (worker: Worker) => void) {
    super(id, owner)
    this.#onGone = onGone
  }

  /** Resolves when it takes runs, or has ended before. */
  get connected(): Promise<unknown> {
    return Promise.race([this.#connected.promise, this.exited, this.startFailure])
  }

  /** Gives it a run. Resolves when the run was begun, or with why not. */
  begin(run: ForkedChild, fields: string, input: string): Promise<unknown> {
    this.#run = run
    this.#socket?.write(encodeFrame(TO_HELPER.start, run.id, fields, input))
    const late = () => this.fail(lost('The worker did not begin the run'))
    return Promise.resolve(withTimeLimit(run.answered, ANSWER_SECONDS * 1000, late))
  }

  /** Takes the connection for its runs; or `!` and why there will be none. */
  takeStream(socket: Socket, name: string, first: Buffer): void {
    socket.on('error', () => {})
    if (name.startsWith('!')) {
      socket.destroy()
      this.fail(
        Object.assign(new Error('the worker could not be started'), { code: name.slice(1) }),
      )
      return
    }
    const reader = new FrameReader()
    const take = (frame: Frame) => {
      if (frame.id === this.#run?.id) this.#run.take(frame)
    }
    socket.on('data', (bytes: Buffer) => reader.read(bytes, take))
    socket.once('close', () => this.#closed.resolve(true))
    // A run keeps this process alive, not a worker that waits.
    socket.unref()
    this.#socket = socket
    this.#connected.resolve()
    reader.read(first, take)
  }

  override take(frame: Frame): void {
    super.take(frame)
    if (frame.kind === FROM_HELPER.ended) void this.#end(Buffer.from(frame.body))
  }

  override fail(error: unknown): void {
    if (this.exit() !== null) return
    super.fail(error)
    this.#onGone(this)
    this.#run?.fail(error)
  }

  /** Lets it end as an interpreter does. Resolves when it has. */
  quit(): Promise<void> {
    this.#socket?.end()
    return this.exited
  }

  letGo(): void {
    this.#socket?.destroy()
    this.owner.forget(this.id)
  }

  // What it has said of its run counts, so the connection is read to its end first.
  async #end(status: Buffer): Promise<void> {
    this.#onGone(this)
    const isRead =
      this.#socket === null ||
      (await withTimeLimit(this.#closed.promise, LAST_READ_SECONDS * 1000, () => false))
    this.letGo()
    const run = this.#run
    if (run === null || run.exit() !== null) return
    if (run.pid !== undefined) run.take({ kind: FROM_HELPER.ended, id: run.id, body: status })
    // Nothing of it was done: another worker can take it.
    else run.fail(isRead ? stale() : lost('The worker ended when the run began'))
  }
}

function stale(): Error {
  return Object.assign(new Error('STALE'), { code: 'STALE' })
}

function lost(message: string): HooklineError {
  return new HooklineError('interpreter_lost', message)
}
