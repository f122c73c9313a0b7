import { resolve } from 'node:path'
import type { ProgramReach } from '../contracts/executor.ts'
import { processOptions } from './process-options.ts'

/** Options of whatever runs a program as a process of this machine. */
export interface ProcessReachOptions {
  readonly cwd?: string | undefined
  readonly env: Readonly<Record<string, string>>
  readonly secretEnv: Readonly<Record<string, string>>
  readonly passEnv: readonly string[]
  readonly uid?: number | undefined
  readonly gid?: number | undefined
}

/** What a process of these options would touch, whatever it runs. */
export function processReach(
  { cwd, env, secretEnv, passEnv, uid, gid }: ProcessReachOptions,
  baseDir: string,
): Pick<ProgramReach, 'variables' | 'folders' | 'isRoot'> {
  const usual = processOptions.passEnv.parse(undefined)
  return {
    variables: [
      ...Object.keys(env),
      ...Object.keys(secretEnv),
      ...passEnv.filter((variable) => !usual.includes(variable)),
    ],
    folders: cwd === undefined ? [] : [resolve(baseDir, cwd)],
    // Whoever is in the group of root can change much of what is root's.
    isRoot: process.getuid?.() === 0 && ((uid ?? 0) === 0 || (gid ?? 0) === 0),
  }
}
