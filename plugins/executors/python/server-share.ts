import { setTimeout as sleep } from 'node:timers/promises'
import {
  HooklineError,
  type PluginLogger,
  type ProcessRun,
  type WatchedChild,
} from '../../../core/index.ts'
import type { ForkRequest } from './fork-request.ts'
import { ForkServer, type ForkServerSettings } from './fork-server.ts'

const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 5000
const STEADY_MS = 10_000

// By what makes servers differ: programs that agree in all of it share one. Each has its users, and ends with the last.
const shares = new Map<string, ServerShare>()

/** The fork server of all programs with the same settings. Release it once. */
export function acquireServer(settings: ForkServerSettings, logger: PluginLogger): ServerShare {
  const key = JSON.stringify(settings)
  const share = shares.get(key) ?? new ServerShare(settings, logger, () => shares.delete(key))
  shares.set(key, share)
  share.users += 1
  return share
}

/** One fork server at a time: started when it is first needed, and again when it has ended or is out of date. */
export class ServerShare {
  users = 0
  readonly #settings: ForkServerSettings
  readonly #logger: PluginLogger
  readonly #onClose: () => void
  #current: Promise<ForkServer> | null = null
  #failures = 0

  constructor(settings: ForkServerSettings, logger: PluginLogger, onClose: () => void) {
    this.#settings = settings
    this.#logger = logger
    this.#onClose = onClose
  }

  /** Starts a program. Throws where that cannot be done, or the run is stopped before. */
  async fork(request: ForkRequest, run: ProcessRun): Promise<WatchedChild> {
    for (;;) {
      if (this.users === 0) {
        throw new HooklineError('interpreter_unavailable', 'The program was closed before this run')
      }
      this.#current ??= this.#start()
      const current = this.#current
      const server = await unlessAborted(current, run.signal)
      const child = await server.fork(request, run)
      if (child !== null) return child
      if (this.#current === current) this.#current = null
      server.retire()
    }
  }

  async release(): Promise<void> {
    this.users -= 1
    if (this.users > 0) return
    this.#onClose()
    const server = await this.#current?.catch(() => null)
    await server?.close()
  }

  #start(): Promise<ForkServer> {
    const starting = this.#startAfterPause()
    const giveUp = () => {
      if (this.#current === starting) this.#current = null
    }
    starting.then((server) => server.lost).then(giveUp, giveUp)
    return starting
  }

  // One that ends again and again is started more and more slowly.
  async #startAfterPause(): Promise<ForkServer> {
    if (this.#failures > 0) {
      await sleep(Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 1), MAX_PAUSE_MS))
    }
    this.#failures += 1
    const server = await ForkServer.start({ settings: this.#settings, logger: this.#logger })
    const steady = setTimeout(() => {
      this.#failures = 0
    }, STEADY_MS)
    steady.unref()
    void server.lost.then(() => clearTimeout(steady))
    return server
  }
}

async function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
