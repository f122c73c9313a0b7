import { once } from 'node:events'
import { chmodSync, chownSync, copyFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  encodeFields,
  errorCodeOf,
  HelperProcess,
  type HelperSettings,
  HelperShare,
  type HelperUse,
  HooklineError,
  makeTempFolder,
  type PluginLogger,
  type ProcessRun,
  untilAborted,
  type WatchedChild,
} from '../../../core/sdk/executor.ts'
import { receiveStream, type StreamTaker } from './child-streams.ts'
import { type ForkRequest, fieldsOf, needsConnection } from './fork-request.ts'
import { ForkedChild } from './forked-child.ts'
import type { Worker } from './worker.ts'
import { WorkerPool, type WorkerSettings, workerArgs } from './worker-pool.ts'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))
const PROGRAM = 'fork_server.py'
const PROGRAMS = [
  PROGRAM,
  'forked_program.py',
  'watched_files.py',
  'worker_program.py',
  'worker_state.py',
]
const READY_SECONDS = 60

/** What makes one fork server differ from another. */
export interface ForkServerSettings {
  /** In front of the interpreter: what holds for it holds for all that it forks. */
  readonly prefix: readonly string[]
  readonly interpreter: string
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Where modules are found first. */
  readonly folder: string
  readonly preload: readonly string[]
  /** The user that it, and all that it forks, runs as. Undefined: Hookline's own. */
  readonly uid: number | undefined
  readonly gid: number | undefined
  /** What its children set for themselves: programs with other restrictions have another server. */
  readonly restrictions: Pick<ForkRequest, 'limits' | 'umask' | 'nice'>
  /** Null: each run is a process of its own. */
  readonly workers: WorkerSettings | null
  /** What its workers run, which nobody else shares. Null without workers. */
  readonly program: unknown
}

// By their settings: programs that agree in all of them share a server, which ends with the last of them.
const shares = new Map<string, HelperShare<ForkServer>>()

/** A program's part in the fork server with these settings. */
export function useForkServer(
  settings: ForkServerSettings,
  logger: PluginLogger,
): HelperUse<ForkServer> {
  const key = JSON.stringify(settings)
  const open = () => openForkServer(settings, logger)
  const share = shares.get(key) ?? new HelperShare(open, () => shares.delete(key))
  shares.set(key, share)
  return share.use()
}

/** A running Python process that starts programs by forking, or hands them to its workers. */
export class ForkServer extends HelperProcess {
  readonly #keyPrefix = crypto.randomUUID()
  readonly #workers: WorkerPool | null
  #closing: Promise<void> | null = null

  constructor(helper: HelperSettings, { workers, restrictions }: ForkServerSettings) {
    super(helper)
    this.#workers =
      workers &&
      new WorkerPool(this, workers, (id) => {
        const args = workerArgs(workers)
        const request = { ...restrictions, script: '', cwd: '', args, env: {}, stdin: null }
        return fieldsOf(this.#keyOf(id), request)
      })
  }

  /** Starts a program. Resolves to null where the files that the server has imported have changed. */
  async run(request: ForkRequest, run: ProcessRun): Promise<WatchedChild | null> {
    if (this.#workers !== null) return this.#handOver(this.#workers, request, run)
    const { child, fields, input } = this.#prepare(request, run)
    return isStale(await this.start(child, fields, input)) ? null : child
  }

  /** Whose stream begins with this key. */
  childByKey(key: string): StreamTaker | undefined {
    const id = Number(key.slice(key.lastIndexOf('-') + 1))
    return key === this.#keyOf(id)
      ? (this.childOf(id) as ForkedChild | Worker | undefined)
      : undefined
  }

  override close(): Promise<void> {
    // Each worker that ends may find that the server can, too.
    this.#closing ??= Promise.resolve(this.#workers?.close()).then(() => super.close())
    return this.#closing
  }

  /** Gives a run to a worker, and to the next one where a file of the worker has changed. */
  async #handOver(
    pool: WorkerPool,
    request: ForkRequest,
    run: ProcessRun,
  ): Promise<WatchedChild | null> {
    for (;;) {
      const { child, fields, input } = this.#prepare(request, run)
      const body = encodeFields(fields)
      // It counts as running while it waits for a worker.
      if (!this.adopt(child)) return child
      try {
        const worker = await pool.take(run.signal)
        child.release = (isFit) => pool.release(worker, isFit && child.isFinished())
        if (!isStale(await worker.begin(child, body, input))) return child
      } catch (error) {
        child.letGo()
        if (isStale(error)) return null
        throw error
      }
    }
  }

  #prepare(request: ForkRequest, { write }: ProcessRun) {
    const id = this.nextId()
    const { stdin } = request
    const [inline, connected] = needsConnection(stdin) ? ['', stdin] : [stdin ?? '', null]
    return {
      child: new ForkedChild(id, this, { write, stdin: connected }),
      fields: fieldsOf(this.#keyOf(id), request),
      input: inline,
    }
  }

  #keyOf(id: number): string {
    return `${this.#keyPrefix}-${id}`
  }
}

function isStale(failure: unknown): boolean {
  return errorCodeOf(failure) === 'STALE'
}

/** Starts a program by the server of `use`. Throws where that cannot be done, or the run is stopped before. */
export async function forkProgram(
  use: HelperUse<ForkServer>,
  request: ForkRequest,
  run: ProcessRun,
): Promise<WatchedChild> {
  for (;;) {
    const server = await untilAborted(use.get(), run.signal)
    if (server === null) throw run.signal.reason
    const child = await server.run(request, run)
    if (child !== null) return child
    await use.replace(server)
  }
}

/** Starts a server. Throws `interpreter_unavailable`, or an error of the system. */
async function openForkServer(
  settings: ForkServerSettings,
  logger: PluginLogger,
): Promise<ForkServer> {
  const { prefix, interpreter, env, cwd, folder, preload, uid, gid } = settings
  const socketPath = join(makeTempFolder('python'), 's')
  const removeFolder = () => rmSync(dirname(socketPath), { recursive: true, force: true })
  const listener = createServer()
  listener.listen(socketPath)
  await once(listener, 'listening').catch((error: unknown) => {
    removeFolder()
    throw error
  })
  // A connection that cannot be accepted, for want of descriptors.
  listener.on('error', () => {})
  const isOther = gid !== undefined && process.getuid?.() === 0
  if (isOther) admit(socketPath, gid)
  const path = join(isOther ? dirname(socketPath) : FOLDER, PROGRAM)
  const [program = interpreter, ...args] = [...prefix, interpreter, path, socketPath, folder]
  const helper: HelperSettings = {
    program,
    args: [...args, ...preload],
    cwd,
    env,
    uid,
    gid,
    readySeconds: READY_SECONDS,
    lostError: () =>
      new HooklineError('interpreter_lost', 'The interpreter ended while the program ran'),
  }
  const server = new ForkServer(helper, settings)
  listener.on('connection', (socket) => receiveStream(socket, (key) => server.childByKey(key)))
  listener.unref()
  void server.lost.then(() => {
    listener.close()
    removeFolder()
  })
  const failures = await server.ready().catch((error: Error) => {
    // Errors of the start itself have a code, and are explained by it.
    throw 'code' in error ? error : new HooklineError('interpreter_unavailable', error.message)
  })
  for (const failure of failures.split('\t').filter(Boolean)) {
    logger.warn({ failure }, 'a module of `preload` cannot be imported')
  }
  return server
}

/**
 * Lets a group connect to a socket, read the programs of the server beside it, and change nothing in its folder. They are
 * copied there because this package may be installed where only Hookline can read.
 */
function admit(socketPath: string, gid: number): void {
  const folder = dirname(socketPath)
  chownSync(folder, 0, gid)
  chmodSync(folder, 0o750)
  chownSync(socketPath, 0, gid)
  chmodSync(socketPath, 0o660)
  for (const name of PROGRAMS) {
    copyFileSync(join(FOLDER, name), join(folder, name))
    chownSync(join(folder, name), 0, gid)
    chmodSync(join(folder, name), 0o640)
  }
}
