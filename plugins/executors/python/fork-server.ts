import type { Buffer } from 'node:buffer'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  HooklineError,
  type PluginLogger,
  type ProcessRun,
  type WatchedChild,
} from '../../../core/index.ts'
import { makeSocketFolder, receiveStream } from './child-streams.ts'
import { encodeRequest, type ForkRequest, needsConnection } from './fork-request.ts'
import { ForkedChild } from './forked-child.ts'

const PROGRAM = fileURLToPath(new URL('./fork_server.py', import.meta.url))
const READY_SECONDS = 60
const ANSWER_SECONDS = 30
const END_SECONDS = 5
const MAX_QUOTED = 300

/** What makes one fork server differ from another. */
export interface ForkServerSettings {
  /** Put in front of the interpreter: what holds for it holds for all that it forks. */
  readonly prefix: readonly string[]
  readonly interpreter: string
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Where modules are found first. */
  readonly folder: string
  readonly preload: readonly string[]
}

/** A running Python process that starts programs by forking. It ends when this process does, and so does all it started. */
export class ForkServer {
  readonly #logger: PluginLogger
  readonly #process: ChildProcess
  readonly #control: Socket
  readonly #listener: Server
  readonly #folder: string
  readonly #children = new Map<string, ForkedChild>()
  readonly #ready = Promise.withResolvers<void>()
  readonly #lost = Promise.withResolvers<void>()
  readonly #ids = { prefix: crypto.randomUUID(), last: 0 }
  #said = ''
  #isLost = false
  #isRetired = false

  private constructor(listener: Server, socketPath: string, options: ForkServerOptions) {
    const { settings, logger } = options
    this.#logger = logger
    this.#listener = listener
    this.#folder = dirname(socketPath)
    listener.on('connection', (socket) => receiveStream(socket, (id) => this.#children.get(id)))
    listener.unref()
    const { prefix, interpreter, folder, preload, cwd, env } = settings
    const command = [...prefix, interpreter, PROGRAM, socketPath, folder, ...preload]
    this.#process = spawn(command[0] ?? interpreter, command.slice(1), {
      cwd,
      env,
      // Its streams are of the kind that programs get, so that Python sets up its own alike.
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
    })
    this.#control = this.#process.stdio[3] as Socket
    this.#watch()
  }

  /** Starts one. Throws `interpreter_unavailable`, or an error of the system. */
  static async start(options: ForkServerOptions): Promise<ForkServer> {
    const socketPath = join(makeSocketFolder(), 's')
    const listener = createServer()
    listener.listen(socketPath)
    await once(listener, 'listening')
    const server = new ForkServer(listener, socketPath, options)
    const timer = setTimeout(() => server.#lose('it took too long to start'), READY_SECONDS * 1000)
    try {
      await server.#ready.promise
    } finally {
      clearTimeout(timer)
    }
    return server
  }

  /** Resolves when it has ended, for whatever reason. */
  get lost(): Promise<void> {
    return this.#lost.promise
  }

  /** Starts a program; null where this server is out of date and must be replaced. */
  async fork(request: ForkRequest, { write }: ProcessRun): Promise<WatchedChild | null> {
    this.#ids.last += 1
    const id = `${this.#ids.prefix}-${this.#ids.last}`
    const message = encodeRequest(id, request)
    const child = new ForkedChild(write, needsConnection(request.stdin) ? request.stdin : null)
    if (this.#isLost) child.fail(lostFault())
    else {
      this.#children.set(id, child)
      this.#control.ref()
      this.#control.write(message)
    }
    void child.gone.then(() => this.#forget(id))
    const timer = setTimeout(() => this.#lose('it does not answer'), ANSWER_SECONDS * 1000)
    await child.started
    clearTimeout(timer)
    return child.isStale ? null : child
  }

  /** Lets it end once what it runs has ended. */
  retire(): void {
    this.#isRetired = true
    if (this.#children.size === 0) void this.close()
  }

  /** Ends it, and all that it still runs. */
  async close(): Promise<void> {
    if (this.#isLost) return
    this.#process.ref()
    this.#control.end()
    const timer = setTimeout(() => this.#lose('it did not end'), END_SECONDS * 1000)
    await this.#lost.promise
    clearTimeout(timer)
  }

  #watch(): void {
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('error', () => {})
      stream?.on('data', (chunk: Buffer) => {
        this.#said = (this.#said + chunk.toString()).slice(-MAX_QUOTED)
      })
      ;(stream as Socket | null)?.unref()
    }
    this.#process.stdin?.on('error', () => {})
    this.#process.once('error', (error) => {
      this.#ready.reject(error)
      this.#lose('it could not be started')
    })
    this.#process.once('exit', () => this.#lose('it ended'))
    this.#process.unref()
    let rest = ''
    this.#control.on('data', (bytes: Buffer) => {
      const lines = (rest + bytes.toString()).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.#hear(line)
    })
    this.#control.on('error', () => {})
    this.#control.once('close', () => this.#lose('it ended'))
  }

  #hear(line: string): void {
    if (line.startsWith('ready')) {
      for (const failure of line.split('\t').slice(1)) {
        this.#logger.warn({ failure }, 'a module of `preload` cannot be imported')
      }
      this.#ready.resolve()
      if (this.#children.size === 0) this.#control.unref()
      return
    }
    const [word, id = '', detail = ''] = line.split(' ')
    const child = this.#children.get(id)
    if (word === 'started') child?.hasStarted(Number(detail))
    else if (word === 'ended') child?.hasEnded(Number(detail))
    else if (word === 'stale') child?.refuse()
    else if (word === 'unlimited') child?.fail(NO_LIMITS)
    else if (word === 'failed') child?.fail(Object.assign(new Error(detail), { code: detail }))
  }

  #forget(id: string): void {
    this.#children.delete(id)
    if (this.#children.size > 0) return
    this.#control.unref()
    if (this.#isRetired) void this.close()
  }

  #lose(detail: string): void {
    if (this.#isLost) return
    this.#isLost = true
    this.#ready.reject(
      new HooklineError('interpreter_unavailable', `${detail}: ${this.#said.trim() || 'silently'}`),
    )
    this.#process.kill('SIGKILL')
    this.#control.destroy()
    for (const child of [...this.#children.values()]) child.fail(lostFault())
    this.#listener.close()
    rmSync(this.#folder, { recursive: true, force: true })
    this.#lost.resolve()
  }
}

export interface ForkServerOptions {
  readonly settings: ForkServerSettings
  readonly logger: PluginLogger
}

const NO_LIMITS = new HooklineError(
  'restriction_unavailable',
  '`limits` cannot be set: this Python has no module `resource`',
)

function lostFault(): HooklineError {
  return new HooklineError('interpreter_lost', 'The interpreter ended while the program ran')
}
