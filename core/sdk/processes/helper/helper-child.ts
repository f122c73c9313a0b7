import { constants } from 'node:os'
import type { Exit, WatchedChild } from '../child.ts'
import { signalGroup } from '../group.ts'
import { FROM_HELPER, type Frame, type FramePart, type TO_HELPER } from './frames.ts'

/** The helper, as its programs see it. */
export interface ChildOwner {
  send(kind: keyof typeof TO_HELPER, id: number, ...body: readonly FramePart[]): void
  /** No more frames of this program are wanted. */
  forget(id: number): void
}

/** A program that a helper process was asked to start. Each kind of helper adds how input and output are carried. */
export abstract class HelperChild implements WatchedChild {
  readonly id: number
  protected readonly owner: ChildOwner
  readonly #started = Promise.withResolvers<void>()
  readonly #startFailure = Promise.withResolvers<unknown>()
  readonly #exited = Promise.withResolvers<void>()
  readonly #finished = Promise.withResolvers<void>()
  readonly startFailure = this.#startFailure.promise
  readonly exited = this.#exited.promise
  readonly finished = this.#finished.promise
  #pid: number | undefined
  #exit: Exit | null = null
  #isFinished = false

  constructor(id: number, owner: ChildOwner) {
    this.id = id
    this.owner = owner
  }

  get pid(): number | undefined {
    return this.#pid
  }

  /** Resolves when it was started, or with why it could not be. */
  get answered(): Promise<unknown> {
    return Promise.race([this.#started.promise, this.startFailure])
  }

  exit(): Exit | null {
    return this.#exit
  }

  isFinished(): boolean {
    return this.#isFinished
  }

  abstract letGo(): void

  take({ kind, body }: Frame): void {
    if (kind === FROM_HELPER.started) {
      this.#pid = body.readInt32LE()
      this.#started.resolve()
    } else if (kind === FROM_HELPER.ended) {
      this.#exit = exitOf(body.readInt32LE())
      this.#exited.resolve()
      this.hasExited()
    } else if (kind === FROM_HELPER.failed) {
      const code = body.toString()
      this.fail(Object.assign(new Error(code), { code }))
    } else if (kind === FROM_HELPER.finished) this.finish()
    else if (kind === FROM_HELPER.more) this.sendMore()
    else if (kind === FROM_HELPER.stdout) this.takeOutput('stdout', body)
    else if (kind === FROM_HELPER.stderr) this.takeOutput('stderr', body)
    else if (kind === FROM_HELPER.status) this.takeOutput('status', body)
  }

  /** Called when its own process has ended. */
  protected hasExited(): void {}

  /** Called when the last part of its input was written. */
  protected sendMore(): void {}

  /** Called with output that the helper hands on. */
  protected takeOutput(_stream: 'stdout' | 'stderr' | 'status', _chunk: Uint8Array): void {}

  /** It could not be started, or its end can no longer be learned: its processes are killed. */
  fail(error: unknown): void {
    if (this.#exit !== null) return
    if (this.#pid !== undefined) signalGroup(this.#pid, 'SIGKILL')
    this.#exit = { code: null, signal: 'SIGKILL' }
    this.#startFailure.resolve(error)
    this.letGo()
  }

  protected finish(): void {
    this.#isFinished = true
    this.#finished.resolve()
    this.owner.forget(this.id)
  }
}

const SIGNAL_NAMES = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
)

function exitOf(status: number): Exit {
  if (status >= 0) return { code: status, signal: null }
  // Real-time signals have no name here; by default they end a process as SIGKILL does.
  return { code: null, signal: SIGNAL_NAMES.get(-status) ?? 'SIGKILL' }
}
