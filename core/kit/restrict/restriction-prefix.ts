import { HooklineError } from '../errors.ts'
import { findTool } from './find-program.ts'
import type { Limits, Restrictions } from './restrict-options.ts'

const SET_UMASK = 'umask "$0" && exec "$@"'

/** What is put in front of a command to restrict it. Throws `restriction_unavailable` where a tool is missing. */
export function restrictionPrefix(restrictions: Restrictions): readonly string[] {
  const { limits, noNewPrivileges, umask, nice } = restrictions
  const limitArgs = limits === undefined ? [] : limitArguments(limits)
  return [
    ...(umask === undefined ? [] : [tool('sh', 'umask'), '-c', SET_UMASK, umask]),
    ...(nice === undefined ? [] : [tool('nice', 'nice'), '-n', String(nice)]),
    ...(noNewPrivileges ? [tool('setpriv', 'noNewPrivileges'), '--no-new-privs'] : []),
    // Last, so that the others are not held to them.
    ...(limitArgs.length === 0 ? [] : [tool('prlimit', 'limits'), ...limitArgs]),
  ]
}

// https://man7.org/linux/man-pages/man1/prlimit.1.html
function limitArguments(limits: Limits): readonly string[] {
  const { cpuSeconds, memoryBytes, openFiles, processes, fileBytes } = limits
  return [
    ...(cpuSeconds === undefined ? [] : [`--cpu=${cpuSeconds}:${cpuSeconds + 1}`]),
    ...(memoryBytes === undefined ? [] : [`--as=${memoryBytes}`]),
    ...(openFiles === undefined ? [] : [`--nofile=${openFiles}`]),
    ...(processes === undefined ? [] : [`--nproc=${processes}`]),
    ...(fileBytes === undefined ? [] : [`--fsize=${fileBytes}`]),
  ]
}

function tool(name: string, option: string): string {
  const file = findTool(name)
  if (file !== null) return file
  throw new HooklineError(
    'restriction_unavailable',
    `\`${option}\` cannot be set: \`${name}\` is not installed`,
  )
}
