import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { withTimeLimit } from '../../../kit/time-limit.ts'
import {
  encodeFields,
  encodeFrame,
  FROM_HELPER,
  type Frame,
  type FramePart,
  FrameReader,
  TO_HELPER,
} from './frames.ts'
import type { ChildOwner } from './helper-child.ts'

/** A start that takes longer holds up all others: the helper counts as lost. */
const ANSWER_SECONDS = 30
const END_SECONDS = 5
const MAX_QUOTED = 300
const MAX_ID = 0xff_ff_ff_ff

export interface HelperSettings {
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Whom it runs as. Undefined: Hookline's own user. */
  readonly uid?: number | undefined
  readonly gid?: number | undefined
  readonly readySeconds: number
  /** The error of programs that end because the helper does. */
  readonly lostError: () => Error
}

/** What a helper was asked for: a program, usually. */
export interface HelperWork {
  readonly id: number
  /** Whether it stays without anything to do: the helper is then at rest all the same. Default: no. */
  readonly isResident?: boolean
  /** Resolves when the helper has begun with it, or with why it could not. */
  readonly answered: Promise<unknown>
  /** Called with each frame of its id. */
  take(frame: Frame): void
  /** The helper was lost. */
  fail(error: unknown): void
}

/**
 * A process that starts programs for this one, which is too large to be forked often. It speaks the protocol of
 * `frames.ts` at descriptor 3, and ends, with all that it started, when this process does.
 */
export class HelperProcess implements ChildOwner {
  readonly #settings: HelperSettings
  readonly #process: ChildProcess
  readonly #control: Socket
  readonly #children = new Map<number, HelperWork>()
  readonly #ready = Promise.withResolvers<string>()
  readonly #lost = Promise.withResolvers<void>()
  #lastId = 0
  #output = ''
  #isCorked = false
  #isReady = false
  #isLost = false
  #isRetired = false

  constructor(settings: HelperSettings) {
    this.#settings = settings
    const { program, args, cwd, env, uid, gid } = settings
    this.#process = spawn(program, args, {
      cwd,
      env,
      // Pipes, as programs get them: what is forked from it has set up its streams alike.
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      // A Ctrl-C, which stops Hookline gracefully, must not end it.
      detached: true,
      uid,
      gid,
    })
    this.#watchProcess()
    // Without descriptors to spare, Node.js makes no streams, and reports the error later.
    const streams = this.#process.stdio as ChildProcess['stdio'] | undefined
    this.#control = (streams?.[3] as Socket | undefined) ?? new Socket()
    const reader = new FrameReader()
    const take = (frame: Frame) => this.#take(frame)
    this.#control.on('data', (bytes: Buffer) => reader.read(bytes, take))
    this.#control.on('error', () => {})
    this.#control.once('close', () => this.#lose('it ended'))
    // Awaited by `ready`, or by nobody.
    this.#ready.promise.catch(() => {})
  }

  get isLost(): boolean {
    return this.#isLost
  }

  /** Resolves when it has ended, for whatever reason. */
  get lost(): Promise<void> {
    return this.#lost.promise
  }

  /** What it says when it is ready. Rejects where it cannot be started, ends, or takes too long. */
  ready(): Promise<string> {
    const { readySeconds } = this.#settings
    const late = () => {
      this.#lose('it took too long to start')
      return this.#ready.promise
    }
    return Promise.resolve(withTimeLimit(this.#ready.promise, readySeconds * 1000, late))
  }

  nextId(): number {
    this.#lastId = (this.#lastId + 1) % MAX_ID
    return this.#lastId
  }

  /** Asks it to start a program. Resolves when it was started, or with why not. Throws where a field holds a NUL. */
  async start(child: HelperWork, fields: readonly string[], input: FramePart): Promise<unknown> {
    const body = encodeFields(fields)
    if (this.adopt(child)) this.send('start', child.id, body, input)
    const late = () => this.#lose('it does not answer')
    return withTimeLimit(child.answered, ANSWER_SECONDS * 1000, late)
  }

  /** Takes a program as one of its own until it is forgotten. Fails the program and returns false if this helper is lost. */
  adopt(child: HelperWork): boolean {
    if (this.#isLost) {
      child.fail(this.#settings.lostError())
      return false
    }
    this.#children.set(child.id, child)
    if (!child.isResident) this.#control.ref()
    return true
  }

  // What is sent in one turn of the event loop is written at once.
  send(kind: keyof typeof TO_HELPER, id: number, ...body: readonly FramePart[]): void {
    if (this.#isLost) return
    if (!this.#isCorked) {
      this.#isCorked = true
      this.#control.cork()
      setImmediate(() => {
        this.#isCorked = false
        this.#control.uncork()
      })
    }
    this.#control.write(encodeFrame(TO_HELPER[kind], id, ...body))
  }

  childOf(id: number): HelperWork | undefined {
    return this.#children.get(id)
  }

  forget(id: number): void {
    this.#children.delete(id)
    this.#rest()
  }

  /** Lets it end once what it runs has ended. */
  retire(): void {
    this.#isRetired = true
    this.#rest()
  }

  /** Ends it, and all that it still runs. */
  async close(): Promise<void> {
    if (this.#isLost) return
    const exited = once(this.#process, 'exit')
    this.#process.ref()
    this.#control.end()
    await withTimeLimit(exited, END_SECONDS * 1000, () => this.#lose('it did not end'))
    await exited
  }

  #watchProcess(): void {
    for (const stream of [this.#process.stdout, this.#process.stderr] as (Socket | null)[]) {
      stream?.on('error', () => {})
      stream?.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-MAX_QUOTED)
      })
      stream?.unref()
    }
    this.#process.stdin?.on('error', () => {})
    this.#process.once('error', (error) => {
      this.#ready.reject(error)
      this.#lose('it could not be started')
    })
    this.#process.once('exit', () => this.#lose('it ended'))
    this.#process.unref()
  }

  #take(frame: Frame): void {
    if (frame.kind === FROM_HELPER.ready) {
      this.#isReady = true
      this.#ready.resolve(frame.body.toString())
      this.#rest()
    } else this.#children.get(frame.id)?.take(frame)
  }

  // It does not keep this process alive while nothing runs.
  #rest(): void {
    if (!this.#isReady || this.#isLost) return
    if ([...this.#children.values()].some((child) => !child.isResident)) return
    this.#control.unref()
    if (this.#isRetired) void this.close()
  }

  #lose(detail: string): void {
    if (this.#isLost) return
    this.#isLost = true
    this.#ready.reject(new Error(`${detail}: ${this.#output.trim() || 'silently'}`))
    this.#process.kill('SIGKILL')
    this.#control.destroy()
    for (const child of [...this.#children.values()]) child.fail(this.#settings.lostError())
    this.#children.clear()
    this.#lost.resolve()
  }
}
