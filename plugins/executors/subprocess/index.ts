import { isAbsolute, resolve } from 'node:path'
import { z } from 'zod'
import { defineExecutor, type ProgramRun, secret } from '../../../core/index.ts'
import { runProcess } from './run-process.ts'

const WINDOWS_VARIABLES = ['SystemRoot', 'COMSPEC', 'PATHEXT', 'TEMP', 'TMP', 'USERPROFILE']
const PASSED_VARIABLES = [
  ...['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'USER'],
  ...(process.platform === 'win32' ? WINDOWS_VARIABLES : []),
]

const variableName = z.string().regex(/^[^=\0]+$/, 'must be a name without `=`')
const numericId = z.int().min(0).max(0xff_ff_ff_fe)

const options = z
  .object({
    command: z
      .array(z.string())
      .min(1)
      .refine(([program]) => program !== '', 'must begin with a program')
      .describe(
        'The program and its first arguments; the values of `params` follow. Items that start with `./` or `../` ' +
          'are paths from the folder of the config. No shell reads it.',
      ),
    cwd: z
      .string()
      .min(1)
      .optional()
      .describe('Working directory, from the folder of the config. Default: that folder.'),
    env: z
      .record(variableName, z.string())
      .default({})
      .describe('Variables for the program. Shown as they are: put secrets into `secretEnv`.'),
    secretEnv: z
      .record(variableName, secret())
      .default({})
      .describe('Variables whose values are secret: masked in answers, redacted in logs.'),
    passEnv: z
      .array(variableName)
      .default(PASSED_VARIABLES)
      .describe(
        "Variables passed on from Hookline's own environment. A list given here replaces the default one.",
      ),
    stdin: z
      .enum(['event', 'payload', 'none'])
      .default('event')
      .describe('What the program can read: the event as JSON, its payload as JSON, or nothing.'),
    killAfterSeconds: z
      .number()
      .min(0)
      .max(600)
      .default(5)
      .describe('Time between SIGTERM and SIGKILL when the program has to stop.'),
    uid: numericId
      .optional()
      .describe('Numeric user to run as; needs `gid`, and Hookline running as root.'),
    gid: numericId
      .optional()
      .describe('Numeric group to run as. Supplementary groups are dropped.'),
  })
  .refine(({ uid, gid }) => uid === undefined || gid !== undefined, {
    path: ['gid'],
    message: 'must be given with `uid`: the program would keep the group of Hookline',
  })

/**
 * Runs a program of this machine, without a shell, in a process group of its own.
 *
 * - Exit code 0 succeeds; any other fails, and so does a signal, whose exit code is 128 + its number, as in a shell.
 * - A stop (time limit, cancel) sends SIGTERM to the whole group and, after `killAfterSeconds`, SIGKILL.
 * - A background process that lets go of the output (`server > log 2>&1 &`) goes on after the program's own end. One
 *   that holds the output is given 2 seconds, then the group is stopped, with a note in the output.
 * - A process that leaves the group (`setsid`, a daemon) is out of reach.
 * - Standard streams are sockets: write `>&2`, not `> /dev/stderr`, which Linux refuses for sockets.
 */
export const subprocess = defineExecutor({
  name: 'subprocess',
  summary: 'Runs a program of this machine: any language, no shell.',
  options,
  create: (settings, { baseDir }) => {
    const [program = '', ...args] = settings.command.map((item) => locate(item, baseDir))
    const cwd = resolve(baseDir, settings.cwd ?? '.')
    return {
      run: (run) =>
        runProcess(
          {
            program,
            args: [...args, ...run.args],
            cwd,
            env: { ...pick(settings.passEnv), ...settings.env, ...settings.secretEnv, ...run.env },
            stdin: input(settings.stdin, run),
            killAfterSeconds: settings.killAfterSeconds,
            uid: settings.uid,
            gid: settings.gid,
          },
          run,
        ),
    }
  },
})

function locate(item: string, baseDir: string): string {
  return /^\.\.?\//.test(item) && !isAbsolute(item) ? resolve(baseDir, item) : item
}

// Read at each run, so that a config loaded early sees what was set later.
function pick(names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {}
  for (const name of names) {
    const value = process.env[name]
    if (value !== undefined) picked[name] = value
  }
  return picked
}

function input(kind: 'event' | 'payload' | 'none', run: ProgramRun): string | null {
  if (kind === 'none') return null
  return kind === 'event' ? run.stdin : (JSON.stringify(run.event.payload) ?? '')
}
