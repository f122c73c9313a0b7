import { HooklineError } from '../../../errors/errors.ts'
import { findTool } from './find-program.ts'
import type { Limits, RestrictSettings } from './restrict-options.ts'

const SET_UMASK = 'umask "$0" && exec "$@"'

/** The commands that restrict the command after them. Throws `restriction_unavailable` where a tool is missing. */
export function restrictionPrefix(settings: Omit<RestrictSettings, 'sandbox'>): readonly string[] {
  const { limits, noNewPrivileges, umask, nice } = settings
  const limitArgs = limitValues(limits).map(([name, value]) => `--${name}=${value}`)
  return [
    ...(umask === undefined ? [] : [tool('sh', 'umask'), '-c', SET_UMASK, umask]),
    ...(nice === undefined ? [] : [tool('nice', 'nice'), '-n', String(nice)]),
    ...(noNewPrivileges ? [tool('setpriv', 'noNewPrivileges'), '--no-new-privs'] : []),
    // Last, so that they do not hold for the others.
    ...(limitArgs.length === 0 ? [] : [tool('prlimit', 'limits'), ...limitArgs]),
  ]
}

/**
 * The limits by their names in the system, in lower case and without `RLIMIT_`. A value is `soft:hard`, or one number
 * for both: https://man7.org/linux/man-pages/man1/prlimit.1.html
 */
export function limitValues(limits: Limits = {}): readonly (readonly [string, string])[] {
  const { cpuSeconds, memoryBytes, openFiles, processes, fileBytes } = limits
  const values = [
    ['cpu', cpuSeconds === undefined ? undefined : `${cpuSeconds}:${cpuSeconds + 1}`],
    ['as', memoryBytes],
    ['nofile', openFiles],
    ['nproc', processes],
    ['fsize', fileBytes],
  ] as const
  return values.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
}

function tool(name: string, option: string): string {
  const file = findTool(name)
  if (file !== null) return file
  throw new HooklineError(
    'restriction_unavailable',
    `\`${option}\` cannot be set: \`${name}\` is not installed`,
  )
}
