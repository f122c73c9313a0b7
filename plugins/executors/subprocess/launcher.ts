import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Launch, ProcessRun, WatchedChild } from '../../../core/index.ts'
import { encodeFrame, FROM_LAUNCHER, type Frame, FrameReader, TO_LAUNCHER } from './frames.ts'
import { encodeStart } from './launch-request.ts'
import { LaunchedChild } from './launched-child.ts'

const SCRIPT = fileURLToPath(new URL('./launcher.py', import.meta.url))
const READY_SECONDS = 10
/** A start that takes longer holds up all others. */
const START_SECONDS = 30
const PASSED_VARIABLES = ['PATH', 'HOME', 'LD_LIBRARY_PATH', 'PYENV_ROOT']
const MAX_ID = 0xff_ff_ff_ff

/**
 * A small process that starts programs and hands on their input and output. Node's own start of a process copies its
 * page tables, which holds up everything else for milliseconds.
 */
export class Launcher {
  readonly #process: ChildProcess
  readonly #control: Socket
  readonly #children = new Map<number, LaunchedChild>()
  readonly #ready = Promise.withResolvers<boolean>()
  #lastId = 0
  #corked = false
  #isReady = false
  #isLost = false

  constructor(python: string) {
    this.#process = spawn(python, ['-I', '-S', '-u', SCRIPT], {
      cwd: '/',
      env: passedVariables(),
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      // A Ctrl-C, which ends a node gracefully, must not reach it.
      detached: true,
    })
    this.#control = this.#process.stdio[3] as Socket
    this.#process.on('error', () => this.#lose())
    this.#process.once('exit', () => this.#lose())
    const reader = new FrameReader()
    const take = (frame: Frame) => this.#take(frame)
    this.#control.on('data', (bytes: Buffer) => reader.read(bytes, take))
    this.#control.on('error', () => {})
    this.#control.once('close', () => this.#lose())
    this.#process.unref()
    this.#hold()
  }

  get isLost(): boolean {
    return this.#isLost
  }

  /** False where it ended, or said nothing within 10 seconds. */
  async becomesReady(): Promise<boolean> {
    const timer = setTimeout(() => this.#lose(), READY_SECONDS * 1000)
    const ready = await this.#ready.promise
    clearTimeout(timer)
    return ready
  }

  /** A `StartChild`. Rejects where a value holds a NUL. */
  async start(launch: Launch, { write }: ProcessRun): Promise<WatchedChild> {
    this.#lastId = (this.#lastId + 1) % MAX_ID
    const id = this.#lastId
    const { frame, input } = encodeStart(id, launch)
    const child = new LaunchedChild({
      onStatus: launch.onStatus,
      write,
      input,
      send: (next) => this.#send(next),
      letGo: () => {
        this.#forget(id)
        this.#send(encodeFrame(TO_LAUNCHER.letGo, id))
      },
    })
    if (this.#isLost) child.lose()
    else this.#children.set(id, child)
    this.#hold()
    this.#send(frame)
    const timer = setTimeout(() => this.#lose(), START_SECONDS * 1000)
    await child.answered
    clearTimeout(timer)
    return child
  }

  /** Ends it, and with it all that it started and that still runs. */
  async close(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#process
    const isThere = pid !== undefined && exitCode === null && signalCode === null
    const exited = isThere ? once(this.#process, 'exit') : null
    this.#lose()
    this.#process.ref()
    await exited
  }

  #take(frame: Frame): void {
    if (frame.kind === FROM_LAUNCHER.ready) {
      this.#isReady = true
      this.#ready.resolve(true)
      this.#hold()
    } else if (this.#children.get(frame.id)?.take(frame) === true) this.#forget(frame.id)
  }

  // What is said in one turn is written at once.
  #send(frame: Buffer): void {
    if (this.#isLost) return
    if (!this.#corked) {
      this.#corked = true
      this.#control.cork()
      setImmediate(() => {
        this.#corked = false
        this.#control.uncork()
      })
    }
    this.#control.write(frame)
  }

  #forget(id: number): void {
    this.#children.delete(id)
    this.#hold()
  }

  // It does not keep this process alive while nothing runs.
  #hold(): void {
    if (this.#isReady && this.#children.size === 0) this.#control.unref()
    else this.#control.ref()
  }

  #lose(): void {
    if (this.#isLost) return
    this.#isLost = true
    this.#ready.resolve(false)
    this.#control.destroy()
    this.#process.kill('SIGKILL')
    for (const child of this.#children.values()) child.lose()
    this.#children.clear()
  }
}

function passedVariables(): Record<string, string> {
  return Object.fromEntries(
    PASSED_VARIABLES.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
