import type { Socket } from 'node:net'
import { constants } from 'node:os'
import { type Exit, type ProcessRun, signalGroup, type WatchedChild } from '../../../core/index.ts'

/** A program that the fork server was asked to start: as it answers, and as its streams come in. */
export class ForkedChild implements WatchedChild {
  readonly #write: ProcessRun['write']
  /** Input too long to go with the request. */
  readonly #stdin: string | null
  readonly #started = Promise.withResolvers<void>()
  readonly #startFailure = Promise.withResolvers<unknown>()
  readonly #exited = Promise.withResolvers<void>()
  readonly #finished = Promise.withResolvers<void>()
  readonly #sockets = new Set<Socket>()
  readonly startFailure = this.#startFailure.promise
  readonly exited = this.#exited.promise
  readonly finished = this.#finished.promise
  /** Resolves when it runs, or failed to. */
  readonly started = this.#started.promise
  readonly #gone = Promise.withResolvers<void>()
  /** Nothing more of it is wanted or will come. */
  readonly gone = this.#gone.promise
  #pid: number | undefined
  #exit: Exit | null = null
  // Its end, and the ends of its two outputs.
  #open = 3
  #isLetGo = false
  #isStale = false

  constructor(write: ProcessRun['write'], stdin: string | null) {
    this.#write = write
    this.#stdin = stdin
  }

  get pid(): number | undefined {
    return this.#pid
  }

  /** The server has not started it: its imported files have changed. */
  get isStale(): boolean {
    return this.#isStale
  }

  refuse(): void {
    this.#isStale = true
    this.#started.resolve()
    this.letGo()
  }

  exit(): Exit | null {
    return this.#exit
  }

  isFinished(): boolean {
    return this.#open === 0
  }

  letGo(): void {
    this.#isLetGo = true
    for (const socket of this.#sockets) socket.destroy()
    this.#gone.resolve()
  }

  hasStarted(pid: number): void {
    this.#pid = pid
    this.#started.resolve()
  }

  /** `status` is an exit code, or a signal as a negative number. */
  hasEnded(status: number): void {
    this.#exit =
      status < 0 ? { code: null, signal: signalName(-status) } : { code: status, signal: null }
    this.#exited.resolve()
    this.#shut()
  }

  /** It could not become the program, or nobody can tell of it any more: what there is of it is ended. */
  fail(error: unknown): void {
    if (this.#exit !== null) return
    this.#startFailure.resolve(error)
    this.#started.resolve()
    if (this.#pid !== undefined) signalGroup(this.#pid, 'SIGKILL')
    this.#exit = { code: null, signal: 'SIGKILL' }
    this.letGo()
  }

  /** Takes one of its standard streams by number, and what came of it so far; or `!` and why there will be none. */
  takeStream(socket: Socket, name: string, first: Uint8Array): void {
    if (this.#isLetGo) {
      socket.destroy()
    } else if (name.startsWith('!')) {
      socket.destroy()
      this.fail(
        Object.assign(new Error('the program could not be started'), { code: name.slice(1) }),
      )
    } else if (name === '0') {
      this.#add(socket)
      socket.end(this.#stdin ?? '')
      // Nothing comes back, and only what is read tells of an end.
      socket.resume()
    } else {
      const stream = name === '1' ? 'stdout' : 'stderr'
      if (first.length > 0) this.#write(stream, first)
      this.#pump(socket, stream)
    }
  }

  #pump(socket: Socket, stream: 'stdout' | 'stderr'): void {
    this.#add(socket)
    socket.on('data', (chunk: Uint8Array) => this.#write(stream, chunk))
    socket.once('close', () => this.#shut())
  }

  #add(socket: Socket): void {
    this.#sockets.add(socket)
    // A stream that breaks closes too; what was read before stays.
    socket.on('error', () => {})
    socket.once('close', () => this.#sockets.delete(socket))
  }

  #shut(): void {
    this.#open -= 1
    if (this.#open > 0) return
    this.#finished.resolve()
    // Its input may be held open by a process it left behind.
    this.letGo()
  }
}

const SIGNAL_NAMES = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
)

// Real-time signals have no name here; by default they end a process as SIGKILL does.
function signalName(number: number): NodeJS.Signals {
  return SIGNAL_NAMES.get(number) ?? 'SIGKILL'
}
