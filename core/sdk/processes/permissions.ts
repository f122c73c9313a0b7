import { resolve } from 'node:path'
import type { RequiredPermissions } from '../../contracts/executor.ts'
import { PASSED_VARIABLES, type ProcessSettings } from './options.ts'

/** What a process with these options would touch, whatever it runs. */
export function processPermissions(
  { cwd, env, secretEnv, passEnv, uid, gid }: ProcessSettings,
  baseDir: string,
): Pick<RequiredPermissions, 'variables' | 'folders' | 'isRoot'> {
  return {
    variables: [
      ...Object.keys(env),
      ...Object.keys(secretEnv),
      ...passEnv.filter((variable) => !PASSED_VARIABLES.includes(variable)),
    ],
    folders: cwd === undefined ? [] : [resolve(baseDir, cwd)],
    // A member of root's group can change much of what belongs to root.
    isRoot: process.getuid?.() === 0 && ((uid ?? 0) === 0 || (gid ?? 0) === 0),
  }
}
