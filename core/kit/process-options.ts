import { resolve } from 'node:path'
import { z } from 'zod'
import type { ProgramRun } from '../contracts/executor.ts'
import { valuesOf } from './event-value.ts'
import { secret } from './secret.ts'

const WINDOWS_VARIABLES = ['SystemRoot', 'COMSPEC', 'PATHEXT', 'TEMP', 'TMP', 'USERPROFILE']
const PASSED_VARIABLES = [
  ...['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'USER'],
  ...(process.platform === 'win32' ? WINDOWS_VARIABLES : []),
]

const variableName = z.string().regex(/^[^=\0]+$/, 'must be a name without `=`')
const numericId = z.int().min(0).max(0xff_ff_ff_fe)

/** Options of every executor that starts processes of this machine, for its schema. */
export const processOptions = {
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
  gid: numericId.optional().describe('Numeric group to run as. Supplementary groups are dropped.'),
} as const

/** For `refine` of a schema with `processOptions`. */
export const ownGroup = {
  check: ({ uid, gid }: { uid?: number | undefined; gid?: number | undefined }) =>
    uid === undefined || gid !== undefined,
  path: ['gid'],
  message: 'must be given with `uid`: the program would keep the group of Hookline',
}

interface EnvironmentSettings {
  readonly env: Readonly<Record<string, string>>
  readonly secretEnv: Readonly<Record<string, string>>
  readonly passEnv: readonly string[]
}

/** The environment that all runs of a program share: each adds its `WEBHOOK_*` variables. */
export function programEnv(settings: EnvironmentSettings): Record<string, string> {
  const passed: Record<string, string> = {}
  for (const name of settings.passEnv) {
    const value = process.env[name]
    if (value !== undefined) passed[name] = value
  }
  return { ...passed, ...settings.env, ...settings.secretEnv }
}

/** An item of a command: one that starts with `./` or `../` is a path from the folder of the config. */
export function locate(item: string, baseDir: string): string {
  return /^\.\.?\//.test(item) ? resolve(baseDir, item) : item
}

/** What a program reads, by its option `stdin`; null is nothing. */
export function programStdin(
  kind: 'event' | 'payload' | 'none',
  run: Pick<ProgramRun, 'stdin' | 'event'>,
): string | null {
  if (kind === 'none') return null
  return kind === 'event' ? run.stdin : valuesOf(run).payload
}
