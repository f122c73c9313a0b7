import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import spawn from 'cross-spawn'
import type { ProgramRun } from '../../contracts/executor.ts'
import { guardGroup } from './group-guard.ts'

/** What to start: all paths are resolved, and the environment is complete. */
export interface Launch {
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Makes the input, to be called once, before the start. Throws if that cannot be done. Null: no input. */
  readonly stdin: (() => string) | null
  readonly killAfterSeconds: number
  readonly uid: number | undefined
  readonly gid: number | undefined
  /** Called with what the program writes to descriptor 3. Undefined: it has no such descriptor. */
  readonly onStatus?: ((chunk: Uint8Array) => void) | undefined
}

/** How the program's own process ended. `code` is null if a signal ended it. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** The part of a run that a process needs. */
export type ProcessRun = Pick<ProgramRun, 'signal' | 'write'>

/** Starts a program and passes on its output. Throws, or rejects, if it cannot be started. */
export type StartChild = (launch: Launch, run: ProcessRun) => WatchedChild | Promise<WatchedChild>

/** A started program. Its promises never reject. */
export interface WatchedChild {
  /** Undefined if it could not be started: `startFailure` then says why. */
  readonly pid: number | undefined
  /** Resolves with an error if it could not be started, or if its end can no longer be learned. */
  readonly startFailure: Promise<unknown>
  readonly exited: Promise<void>
  /** It has exited, and all its output was read. */
  readonly finished: Promise<void>
  /** Null while it runs. */
  exit(): Exit | null
  isFinished(): boolean
  /** Closes its streams on this side. */
  letGo(): void
}

const PIPES = ['pipe', 'pipe'] as const
const STATUS_PIPES = ['pipe', 'pipe', 'pipe'] as const

/** A `StartChild`: Node.js starts the program. */
export function startChild(launch: Launch, { write }: ProcessRun): WatchedChild {
  const { program, args, cwd, env, stdin, uid, gid, onStatus } = launch
  // First: a program that had been started without its input would be left behind.
  const input = stdin?.() ?? ''
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: [stdin === null ? 'ignore' : 'pipe', ...(onStatus === undefined ? PIPES : STATUS_PIPES)],
    // A session and process group of its own: what it starts can be stopped with it, and Ctrl-C does not end it.
    detached: process.platform !== 'win32',
    windowsHide: true,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  })
  const watched = watch(child, [
    (chunk) => write('stdout', chunk),
    (chunk) => write('stderr', chunk),
    onStatus,
  ])
  guardGroup(child)
  // A program may close its input, or end, before it has read it.
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  return watched
}

function watch(child: ChildProcess, sinks: readonly Launch['onStatus'][]): WatchedChild {
  // Without descriptors to spare, Node.js makes no streams, and reports the error later.
  const outputs = ((child.stdio as ChildProcess['stdio'] | undefined)?.slice(1) ?? []) as Readable[]
  let exit: Exit | null = null
  let open = 1 + outputs.length
  const startFailure = Promise.withResolvers<unknown>()
  const exited = Promise.withResolvers<void>()
  const finished = Promise.withResolvers<void>()
  const shut = () => {
    open -= 1
    if (open === 0) finished.resolve()
  }
  child.on('error', startFailure.resolve)
  child.once('exit', (code, signal) => {
    exit = { code, signal }
    exited.resolve()
    shut()
  })
  for (const [index, output] of outputs.entries()) {
    output.on('data', (chunk: Uint8Array) => sinks[index]?.(chunk))
    output.once('close', shut)
    // A stream that breaks closes too; what was read before is kept.
    output.on('error', () => {})
  }
  return {
    pid: child.pid,
    startFailure: startFailure.promise,
    exited: exited.promise,
    finished: finished.promise,
    exit: () => exit,
    isFinished: () => open === 0,
    letGo: () => letGo(child),
  }
}

function letGo(child: ChildProcess): void {
  for (const stream of (child.stdio as ChildProcess['stdio'] | undefined) ?? []) stream?.destroy()
  child.unref()
}
