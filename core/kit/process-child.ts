import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import spawn from 'cross-spawn'
import type { ProgramRun } from '../contracts/executor.ts'

/** One start of a program, with all paths resolved and its whole environment. */
export interface Launch {
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Null: nothing to read. */
  readonly stdin: string | null
  readonly killAfterSeconds: number
  readonly uid: number | undefined
  readonly gid: number | undefined
  /** Given what is written to descriptor 3. Undefined: the program has none. */
  readonly onStatus?: ((chunk: Uint8Array) => void) | undefined
}

/** How the program's own process ended: `code` is null where a signal ended it. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** The parts of a run that a process needs. */
export type ProcessRun = Pick<ProgramRun, 'signal' | 'write'>

/** Starts a program and hands its output on. Throws, or rejects, where it cannot be started. */
export type StartChild = (launch: Launch, run: ProcessRun) => WatchedChild | Promise<WatchedChild>

/** A started child, as promises that never reject. */
export interface WatchedChild {
  /** Undefined where it could not be started: `startFailure` then says why. */
  readonly pid: number | undefined
  /** Resolves with an error where it could not be started, or whoever started it cannot tell of its end. */
  readonly startFailure: Promise<unknown>
  readonly exited: Promise<void>
  /** Exited, and all its output read. */
  readonly finished: Promise<void>
  /** Null until it has exited. */
  exit(): Exit | null
  isFinished(): boolean
  /** Closes this side of its streams. */
  letGo(): void
}

const PIPES = ['pipe', 'pipe'] as const
const STATUS_PIPES = ['pipe', 'pipe', 'pipe'] as const

/** A `StartChild` by the system's own means. */
export function startChild(launch: Launch, { write }: ProcessRun): WatchedChild {
  const { program, args, cwd, env, stdin, uid, gid, onStatus } = launch
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: [stdin === null ? 'ignore' : 'pipe', ...(onStatus === undefined ? PIPES : STATUS_PIPES)],
    // Its own session and process group: what it starts can be stopped with it, and a Ctrl-C here does not reach it.
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
  // A program need not read its input: it may close it, or end, at any time.
  child.stdin?.on('error', () => {})
  child.stdin?.end(stdin ?? '')
  return watched
}

function watch(child: ChildProcess, sinks: readonly Launch['onStatus'][]): WatchedChild {
  const outputs = child.stdio.slice(1) as readonly Readable[]
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
    // A stream that breaks closes too; what was read before stays.
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
  for (const stream of child.stdio) stream?.destroy()
  child.unref()
}
