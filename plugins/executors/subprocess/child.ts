import type { ChildProcess } from 'node:child_process'
import spawn from 'cross-spawn'
import type { ProgramRun } from '../../../core/index.ts'

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
}

/** How the program's own process ended: `code` is null where a signal ended it. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A started child, as promises that never reject. */
export interface WatchedChild {
  /** Undefined where it could not be started: `startFailure` then says why. */
  readonly pid: number | undefined
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

/** Starts a program and hands its output on. Throws where the system refuses the start at once. */
export function startChild(launch: Launch, write: ProgramRun['write']): WatchedChild {
  const { program, args, cwd, env, stdin, uid, gid } = launch
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: [stdin === null ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    // Its own session and process group: what it starts can be stopped with it, and a Ctrl-C here does not reach it.
    detached: process.platform !== 'win32',
    windowsHide: true,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  })
  const watched = watch(child, write)
  // A program need not read its input: it may close it, or end, at any time.
  child.stdin?.on('error', () => {})
  child.stdin?.end(stdin ?? '')
  return watched
}

function watch(child: ChildProcess, write: ProgramRun['write']): WatchedChild {
  let exit: Exit | null = null
  let open = 3
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
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk: Uint8Array) => write(name, chunk))
    child[name]?.once('close', shut)
    // A stream that breaks closes too; what was read before stays.
    child[name]?.on('error', () => {})
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
  child.stdin?.destroy()
  child.stdout?.destroy()
  child.stderr?.destroy()
  child.unref()
}
