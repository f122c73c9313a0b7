import { fileURLToPath } from 'node:url'
import { HooklineError } from '../../../errors/errors.ts'
import { errorCodeOf } from '../../../kit/thrown.ts'
import type { Launch, ProcessRun, WatchedChild } from '../child.ts'
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
    const input = Buffer.from(stdin ?? '')
    const rest = input.subarray(FIRST_INPUT_BYTES)
    const variables = Object.entries(env)
    const fields = [
      cwd,
      String(uid ?? ''),
      String(gid ?? ''),
      stdin === null ? 'none' : rest.length === 0 ? 'whole' : 'part',
      onStatus === undefined ? '2' : '3',
      String(args.length + 1),
      String(variables.length),
      program,
      ...args,
      ...variables.flat(),
    ]
    const child = new LaunchedChild(this.nextId(), this, { onStatus, write, input: rest })
    await this.start(child, fields, input.subarray(0, FIRST_INPUT_BYTES))
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

function passedVariables(): Record<string, string> {
  return Object.fromEntries(
    PASSED_VARIABLES.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
