import type { ExecutorInstance } from '../../contracts/executor.ts'

/**
 * What each kind of program does. Lines end with a line feed; JSON is on one line.
 *
 * - `succeed`: succeeds.
 * - `fail`: fails, and leaves it to the program's retry settings whether it is retried.
 * - `fail-for-good`: can never succeed: the program, image or host does not exist.
 * - `sleep`: starts a second process, writes `running <id>` for each of both, then both sleep 60 seconds.
 * - `stubborn`: as `sleep`, but both ignore a request to end.
 * - `linger`: succeeds at once, leaving behind a process that holds the output for 60 seconds.
 * - `flood`: writes `FLOOD_BYTES` to standard output as fast as it can, then succeeds.
 * - `invalid-utf8`: writes the bytes ff fe 80 c3 28 00 0a to standard output.
 * - `close-output`: closes standard output, then writes `still here` to standard error, then succeeds.
 * - `hash-input`: writes the SHA-256 of its standard input in hexadecimal.
 * - `ignore-input`: succeeds without reading its standard input.
 * - `echo-args`: writes its run's arguments as a JSON array.
 * - `echo-env`: writes its environment as a JSON object.
 */
export const EXECUTOR_PROGRAMS = [
  'succeed',
  'fail',
  'fail-for-good',
  'sleep',
  'stubborn',
  'linger',
  'flood',
  'invalid-utf8',
  'close-output',
  'hash-input',
  'ignore-input',
  'echo-args',
  'echo-env',
] as const

export type ExecutorProgram = (typeof EXECUTOR_PROGRAMS)[number]

/** Bytes that the `flood` program writes. */
export const FLOOD_BYTES = 100 * 1024 * 1024

/** Makes the executor for a kind of program, or says why there is none. */
export type ProgramMaker =
  | (() => ExecutorInstance | Promise<ExecutorInstance>)
  | { readonly skip: string }

/** An executor as the suite needs it. */
export interface ExecutorAdapter {
  readonly programs: Readonly<Record<ExecutorProgram, ProgramMaker>>
  /** Seconds within which a stopped run must have resolved, including the program's grace period. */
  readonly stopSeconds: number
  /** Number of runs that one test starts together. Default 50; choose fewer if a start takes long. */
  readonly runsAtOnce?: number
  /** Whether its runs are handed over to an outside engine. Default false. */
  readonly handsOver?: boolean
  /** Whether the process that wrote `running <id>` still runs. Default: `id` is a process id of this machine. */
  readonly isRunning?: (id: string) => boolean | Promise<boolean>
}
