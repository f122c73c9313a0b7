import { type ChildProcess, fork } from 'node:child_process'
import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import type { Duplex } from 'node:stream'
import { type MainParts, serveCalls } from './main-calls.ts'
import type { ConfigRevision, FromReceiver, ReceiverStart, ToReceiver } from './messages.ts'

const PROCESS = new URL(
  import.meta.url.endsWith('.ts') ? './receiver-main.ts' : './receiver-main.js',
  import.meta.url,
)
/** A receiver that has not answered so many looks, one a second, hangs: it is killed. */
const HANGS_AFTER = 10
const START_SECONDS = 60
const CONFIG_SECONDS = 30
/** Beyond the grace of its requests: for its traces, and for a slow machine. */
const STOP_SECONDS = 15

export interface ReceiverChildOptions extends MainParts {
  readonly start: ReceiverStart
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether it takes connections has changed. Resolves when that has been made up for. */
  readonly onChange: () => Promise<void>
  readonly onEnd: (reason: string) => void
}

/** One process that receives, as the main process sees it. */
export class ReceiverChild {
  readonly #options: ReceiverChildOptions
  readonly #process: ChildProcess
  readonly #ended = Promise.withResolvers<void>()
  /** Waits for the config of a revision to be in force. */
  #configuring = Promise.withResolvers<void>()
  #revision: number
  #isReady = false
  #isLeaving = false
  #hasEnded = false
  #unanswered = 0
  #reason: string | null = null
  cpuSeconds = 0

  constructor(options: ReceiverChildOptions) {
    this.#options = options
    this.#revision = options.start.revision
    this.#process = fork(PROCESS, {
      env: withCodeCache(options.env),
      // Its log is part of ours. The stream carries calls, which are many and may be large.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    })
    this.#process.on('message', (message: FromReceiver) => this.#take(message))
    this.#process.on('error', (error) => this.#end(error.message))
    this.#process.on('exit', (code, signal) =>
      this.#end(`it ended with ${signal ?? `code ${code}`}`),
    )
    // Without descriptors for it, there is no stream: the process has not started.
    const calls = this.#process.stdio?.[4] as Duplex | undefined
    if (calls !== undefined) serveCalls(calls, options)
    this.#tell({ kind: 'start', ...options.start })
    this.#limit(START_SECONDS, 'it did not start')
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** Whether it takes connections. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** Resolves when this config is in force there, or the process has ended. */
  async configure(config: ConfigRevision): Promise<void> {
    this.#revision = config.revision
    this.#tell({ kind: 'config', ...config })
    this.#limit(CONFIG_SECONDS, 'it did not load the config')
    await this.configured()
  }

  /** Resolves when the newest config is in force there, or the process has ended. */
  configured(): Promise<void> {
    return Promise.race([this.#configuring.promise, this.#ended.promise])
  }

  reachedAt(publicUrl: string): void {
    this.#tell({ kind: 'public_url', publicUrl })
  }

  /** To be called once a second. */
  look(): void {
    if (!this.#isReady) return
    if (this.#unanswered >= HANGS_AFTER) this.#kill(`it did not answer for ${HANGS_AFTER} seconds`)
    this.#unanswered += 1
    this.#tell({ kind: 'ping' })
  }

  /** Lets it answer what is under way, and end. */
  async stop(): Promise<void> {
    this.#isReady = false
    this.#isLeaving = true
    // It takes connections until somebody else does.
    await this.#options.onChange()
    this.#tell({ kind: 'stop' })
    const timer = setTimeout(() => this.#kill('it did not stop'), STOP_SECONDS * 1000)
    await this.#ended.promise
    clearTimeout(timer)
  }

  #take(message: FromReceiver): void {
    if (message.kind === 'configured') {
      if (message.revision < this.#revision || this.#isLeaving) return
      this.#isReady = true
      this.#configuring.resolve()
      void this.#options.onChange()
    } else if (message.kind === 'pong') {
      this.#unanswered = 0
      this.cpuSeconds = message.cpuSeconds
    } else {
      this.#reason ??= message.reason
      void this.stop()
    }
  }

  #tell(message: ToReceiver): void {
    // If it has just ended, its end is on the way.
    if (this.#process.connected) this.#process.send(message, () => {})
  }

  /** Kills it unless the config of the newest revision is in force in time. */
  #limit(seconds: number, reason: string): void {
    const before = this.#configuring
    const own = Promise.withResolvers<void>()
    this.#configuring = own
    // Whoever waits for an older revision has it with this one.
    void own.promise.then(before.resolve)
    const timer = setTimeout(
      () => this.#kill(`${reason} within ${seconds} seconds`),
      seconds * 1000,
    )
    void this.configured().finally(() => clearTimeout(timer))
  }

  #kill(reason: string): void {
    this.#reason ??= reason
    this.#process.kill('SIGKILL')
  }

  #end(reason: string): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#isReady = false
    this.#ended.resolve()
    this.#options.onEnd(this.#reason ?? reason)
  }
}

function withCodeCache(env: ReceiverChildOptions['env']): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir()
  return folder === undefined ? env : { ...env, NODE_COMPILE_CACHE: dirname(folder) }
}
