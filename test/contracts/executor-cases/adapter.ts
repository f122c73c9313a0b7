import type { ExecutorInstance } from '../../../core/index.ts'

/**
 * What the program of each kind does. Lines end with a line feed; JSON is on one line.
 *
 * - `succeed`: succeeds.
 * - `fail`: fails in a way that the program's retry settings decide about.
 * - `fail-for-good`: cannot succeed however often it is tried: a program, an image or a host that is not there.
 * - `sleep`: starts a second process, writes `running <id>` for itself and for it, then both sleep 60 seconds.
 * - `stubborn`: as `sleep`, but both ignore a polite request to end.
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

/** Makes the executor for one kind of program, or says why there is none. */
export type ProgramMaker =
  | (() => ExecutorInstance | Promise<ExecutorInstance>)
  | { readonly skip: string }

/** An executor as the suite needs it. */
export interface ExecutorAdapter {
  readonly programs: Readonly<Record<ExecutorProgram, ProgramMaker>>
  /** Time within which a stopped run must have resolved, in seconds, the grace for the program included. */
  readonly stopSeconds: number
  /** Runs that are started together in one test. Default 50; fewer where a single start takes long. */
  readonly runsAtOnce?: number
  /** Whether what wrote `running <id>` still runs. Default: takes the id for one of a process of this machine. */
  readonly isRunning?: (id: string) => boolean | Promise<boolean>
}
