import { constants } from 'node:os'
import {
  type Exit,
  HooklineError,
  type Launch,
  type ProcessRun,
  signalGroup,
  type WatchedChild,
} from '../../../core/index.ts'
import { FROM_LAUNCHER, type Frame } from './frames.ts'
import type { Input } from './launch-request.ts'

export interface LaunchedChildOptions {
  readonly onStatus: Launch['onStatus']
  readonly write: ProcessRun['write']
  readonly input: Input | null
  readonly send: (frame: Buffer) => void
  /** The launcher shall forget it. */
  readonly letGo: () => void
}

/** A program that the launcher was asked to start, and what it told of it. */
export class LaunchedChild implements WatchedChild {
  readonly #options: LaunchedChildOptions
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

  constructor(options: LaunchedChildOptions) {
    this.#options = options
  }

  get pid(): number | undefined {
    return this.#pid
  }

  /** Resolves when it was started, or could not be. */
  get answered(): Promise<unknown> {
    return Promise.race([this.#started.promise, this.startFailure])
  }

  exit(): Exit | null {
    return this.#exit
  }

  isFinished(): boolean {
    return this.#isFinished
  }

  letGo(): void {
    if (!this.#isFinished) this.#options.letGo()
  }

  /** Takes a frame; true where it was the last. */
  take({ kind, body }: Frame): boolean {
    const { onStatus, write, input, send } = this.#options
    if (kind === FROM_LAUNCHER.stdout) write('stdout', body)
    else if (kind === FROM_LAUNCHER.stderr) write('stderr', body)
    else if (kind === FROM_LAUNCHER.status) onStatus?.(body)
    else if (kind === FROM_LAUNCHER.more && input !== null) send(input.next())
    else if (kind === FROM_LAUNCHER.started) {
      this.#pid = body.readInt32LE()
      this.#started.resolve()
    } else if (kind === FROM_LAUNCHER.ended) this.#end(exitOf(body.readInt32LE()))
    else if (kind === FROM_LAUNCHER.finished) this.#finish()
    else if (kind === FROM_LAUNCHER.failed) {
      this.#startFailure.resolve(failure(body.toString()))
      return true
    }
    return kind === FROM_LAUNCHER.finished
  }

  /** The launcher is gone: what it started has nobody who reads its output, and is ended. */
  lose(): void {
    if (this.#pid !== undefined && this.#exit === null) signalGroup(this.#pid, 'SIGKILL')
    this.#startFailure.resolve(new HooklineError('launcher_lost', 'The program was ended with it'))
    if (this.#exit !== null) this.#finish()
  }

  #end(exit: Exit): void {
    this.#exit = exit
    this.#exited.resolve()
  }

  #finish(): void {
    this.#isFinished = true
    this.#finished.resolve()
  }
}

const SIGNAL_NAMES = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
)

function exitOf(status: number): Exit {
  if (status >= 0) return { code: status, signal: null }
  // Signals without a name here, of real time, end a program as SIGKILL does.
  return { code: null, signal: SIGNAL_NAMES.get(-status) ?? 'SIGKILL' }
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code })
}
