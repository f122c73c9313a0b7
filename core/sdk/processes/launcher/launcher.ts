import { fileURLToPath } from 'node:url'
import { HooklineError } from '../../../errors/errors.ts'
import { errorCodeOf } from '../../../kit/thrown.ts'
import type { Launch, ProcessRun, WatchedChild } from '../child.ts'
import type { FramePart } from '../helper/frames.ts'
import { HelperProcess } from '../helper/helper-process.ts'
import { HelperShare } from '../helper/helper-share.ts'
import { isShortage } from '../outcome.ts'
import { LaunchedChild } from './launched-child.ts'

const SCRIPT = fileURLToPath(new URL('./launcher.py', import.meta.url))
// The first in PATH can be a slow version switcher.
const INTERPRETERS = ['/usr/bin/python3', 'python3']
const READY_SECONDS = 10
/** Input that goes along with the start; the rest is sent as it is read. */
const FIRST_INPUT_BYTES = 64 * 1024
/** Of UTF-8, for each unit of the length of a text. */
const MAX_BYTES_PER_UNIT = 3
const NOTHING = new Uint8Array(0)
const PASSED_VARIABLES = ['PATH', 'HOME', 'LD_LIBRARY_PATH', 'PYENV_ROOT']

/** A small process that starts programs. Node.js itself copies its page tables for each start, which takes milliseconds. */
export class Launcher extends HelperProcess {
  constructor(python: string) {
    super({
      program: python,
      args: ['-I', '-S', '-u', SCRIPT],
      cwd: '/',
      env: passedVariables(),
      readySeconds: READY_SECONDS,
      lostError: () => new HooklineError('launcher_lost', 'The program was ended with it'),
    })
  }

  /** A `StartChild`. Rejects where a value holds a NUL. */
  async launch(launch: Launch, { write }: ProcessRun): Promise<WatchedChild> {
    const { program, args, cwd, env, stdin, uid, gid, onStatus } = launch
    const { first, rest } = partsOf(stdin?.() ?? '')
    const names = Object.keys(env)
    const fields = [
      cwd,
      String(uid ?? ''),
      String(gid ?? ''),
      stdin === null ? 'none' : rest.length === 0 ? 'whole' : 'part',
      onStatus === undefined ? '2' : '3',
      String(args.length + 1),
      String(names.length),
      program,
      ...args,
    ]
    for (const name of names) fields.push(name, env[name] ?? '')
    const child = new LaunchedChild(this.nextId(), this, { onStatus, write, input: rest })
    await this.start(child, fields, first)
    return child
  }
}

/** Opens the launcher by the first interpreter that can run it; null where none can. Throws if the system lacks something. */
export async function openLauncher(
  interpreters: readonly string[] = INTERPRETERS,
): Promise<Launcher | null> {
  // Node.js forks on Linux only: elsewhere its own start is as fast.
  if (process.platform !== 'linux') return null
  for (const interpreter of interpreters) {
    const launcher = new Launcher(interpreter)
    const failure = await launcher.ready().then(
      () => null,
      (error: unknown) => error ?? new Error('not ready'),
    )
    if (failure === null) return launcher
    // This says nothing about the interpreter.
    if (isShortage(errorCodeOf(failure))) throw failure
  }
  return null
}

/** One launcher for all programs of a node. */
export const launchers = new HelperShare(() => openLauncher())

interface InputParts {
  /** It goes along with the start. */
  readonly first: FramePart
  readonly rest: Uint8Array
}

function partsOf(input: string): InputParts {
  // No buffer is needed to see that it is short.
  if (input.length * MAX_BYTES_PER_UNIT <= FIRST_INPUT_BYTES) return { first: input, rest: NOTHING }
  const bytes = Buffer.from(input)
  return { first: bytes.subarray(0, FIRST_INPUT_BYTES), rest: bytes.subarray(FIRST_INPUT_BYTES) }
}

function passedVariables(): Record<string, string> {
  return Object.fromEntries(
    PASSED_VARIABLES.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
