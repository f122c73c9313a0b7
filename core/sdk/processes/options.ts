import { resolve } from 'node:path'
import { z } from 'zod'
import type { ProgramRun } from '../../contracts/executor.ts'
import { secret } from '../../kit/secret.ts'
import { valuesOf } from '../events/event-value.ts'
import { restrictOptions } from './restrict/restrict-options.ts'

const WINDOWS_VARIABLES = ['SystemRoot', 'COMSPEC', 'PATHEXT', 'TEMP', 'TMP', 'USERPROFILE']
const USUAL_VARIABLES = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'USER']
/** Passed to every program by default. */
export const PASSED_VARIABLES =
  process.platform === 'win32' ? [...USUAL_VARIABLES, ...WINDOWS_VARIABLES] : USUAL_VARIABLES

const variableName = z.string().regex(/^[^=\0]+$/, 'must be a name without `=`')
const numericId = z.int().min(0).max(0xff_ff_ff_fe)

/** Options of every executor that runs programs as processes of this machine, for its schema. See `checkUser`. */
export const processOptions = {
  cwd: z
    .string()
    .min(1)
    .optional()
    .describe('Working directory, relative to the folder of the config. Default: that folder.'),
  env: z
    .record(variableName, z.string())
    .default({})
    .describe('Environment variables. Their values are shown: put secrets into `secretEnv`.'),
  secretEnv: z
    .record(variableName, secret())
    .default({})
    .describe('Environment variables with secret values: masked in the API, redacted in logs.'),
  passEnv: z
    .array(variableName)
    .default(PASSED_VARIABLES)
    .describe(
      "Environment variables passed on from Hookline's own environment. Your list replaces the default one.",
    ),
  stdin: z
    .enum(['event', 'payload', 'none'])
    .default('event')
    .describe('The standard input: the event as JSON, its payload as JSON, or nothing.'),
  killAfterSeconds: z
    .number()
    .min(0)
    .max(600)
    .default(5)
    .describe('Seconds between SIGTERM and SIGKILL when the program has to stop.'),
  uid: numericId
    .optional()
    .describe('Numeric id of the user to run as. Needs `gid`, and Hookline running as root.'),
  gid: numericId
    .optional()
    .describe('Numeric id of the group to run as. Supplementary groups are dropped.'),
  ...restrictOptions,
} as const

/** `processOptions` as the schema gives them. */
export type ProcessSettings = z.output<z.ZodObject<typeof processOptions>>

/** For `superRefine` of a schema with `processOptions`: refuses a user without a group, and root unless it is meant. */
export function checkUser(
  { uid, gid, allowRoot }: Pick<ProcessSettings, 'uid' | 'gid' | 'allowRoot'>,
  context: z.RefinementCtx,
): void {
  const refuse = (option: string, message: string) =>
    context.addIssue({ code: 'custom', path: [option], message })
  if (uid !== undefined && gid === undefined) {
    refuse('gid', 'must be given with `uid`: the program would keep the group of Hookline')
  }
  if (uid === 0 && allowRoot !== true) {
    refuse('uid', 'is root: name another user, or set `allowRoot: true`')
  }
}

/** The environment that all runs of a program share; each run adds its `WEBHOOK_*` variables. */
export function programEnv(
  settings: Pick<ProcessSettings, 'env' | 'secretEnv' | 'passEnv'>,
): Record<string, string> {
  const passed: Record<string, string> = {}
  for (const name of settings.passEnv) {
    const value = process.env[name]
    if (value !== undefined) passed[name] = value
  }
  return { ...passed, ...settings.env, ...settings.secretEnv }
}

/** An item of a command: one that starts with `./` or `../` is a path relative to the folder of the config. */
export function locate(item: string, baseDir: string): string {
  return /^\.\.?\//.test(item) ? resolve(baseDir, item) : item
}

/** The standard input of a program, by its option `stdin`. Null: none. Throws `delivery_unparsable` where only the payload is wanted, and is not JSON. */
export function programStdin(
  kind: 'event' | 'payload' | 'none',
  run: Pick<ProgramRun, 'stdin' | 'event'>,
): string | null {
  if (kind === 'none') return null
  return kind === 'event' ? run.stdin : valuesOf(run).payload
}
