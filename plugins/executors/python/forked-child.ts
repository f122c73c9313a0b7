import type { Socket } from 'node:net'
import {
  type ChildOwner,
  errorCodeOf,
  HelperChild,
  HooklineError,
  type ProcessRun,
} from '../../../core/sdk/executor.ts'

export interface ForkedStreams {
  readonly write: ProcessRun['write']
  /** Input that is too long to go with the request; otherwise null. */
  readonly stdin: string | null
}

/** A program that the fork server was asked to start. It connects its own standard streams. */
export class ForkedChild extends HelperChild {
  readonly #write: ForkedStreams['write']
  #stdin: ForkedStreams['stdin']
  readonly #sockets = new Set<Socket>()
  /** Called after the run with whether it was not stopped: gives a worker back. */
  release: (isFit: boolean) => void = () => {}
  // Its end, and the ends of its two outputs.
  #open = 3

  constructor(id: number, owner: ChildOwner, { write, stdin }: ForkedStreams) {
    super(id, owner)
    this.#write = write
    this.#stdin = stdin
  }

  letGo(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.owner.forget(this.id)
  }

  override fail(error: unknown): void {
    super.fail(errorCodeOf(error) === 'UNLIMITED' ? NO_LIMITS : error)
  }

  protected override hasExited(): void {
    this.#shut()
  }

  /** Takes one of its standard streams by number, with its first bytes; or `!` and why there will be none. */
  takeStream(socket: Socket, name: string, first: Uint8Array): void {
    if (name.startsWith('!')) {
      socket.destroy()
      const error = new Error('the program could not be started')
      this.fail(Object.assign(error, { code: name.slice(1) }))
    } else if (name === '0') {
      this.#add(socket)
      socket.end(this.#stdin ?? '')
      this.#stdin = null
      // Nothing comes back, but only a socket that is read reports its end.
      socket.resume()
    } else {
      const write = this.#write
      const stream = name === '1' ? 'stdout' : 'stderr'
      if (first.length > 0) write(stream, first)
      this.#add(socket)
      socket.on('data', (chunk: Uint8Array) => write(stream, chunk))
      socket.once('close', () => this.#shut())
    }
  }

  #add(socket: Socket): void {
    this.#sockets.add(socket)
    // A stream that breaks closes too; what was read before is kept.
    socket.on('error', () => {})
    socket.once('close', () => this.#sockets.delete(socket))
  }

  #shut(): void {
    this.#open -= 1
    if (this.#open > 0) return
    this.finish()
    // Its input may be held open by a process that it left behind.
    this.letGo()
  }
}

const NO_LIMITS = new HooklineError(
  'restriction_unavailable',
  '`limits` cannot be set: this Python has no module `resource`',
)
