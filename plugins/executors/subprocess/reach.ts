import { isAbsolute, resolve } from 'node:path'
import { locate, type ProgramReach, processOptions } from '../../../core/index.ts'

export interface ReachOptions {
  readonly command: readonly string[]
  readonly cwd?: string | undefined
  readonly env: Readonly<Record<string, string>>
  readonly secretEnv: Readonly<Record<string, string>>
  readonly passEnv: readonly string[]
  readonly uid?: number | undefined
  readonly gid?: number | undefined
}

/** What a program of these options would run and touch. */
export function reachOf(options: ReachOptions, baseDir: string): ProgramReach {
  const { command, cwd, env, secretEnv, passEnv, uid, gid } = options
  const [name = ''] = command
  const program = locate(name, baseDir)
  const usual = processOptions.passEnv.parse(undefined)
  const isPlace = isAbsolute(program)
  return {
    runs: isPlace ? [program] : [],
    variables: [
      ...Object.keys(env),
      ...Object.keys(secretEnv),
      ...passEnv.filter((variable) => !usual.includes(variable)),
    ],
    folders: cwd === undefined ? [] : [resolve(baseDir, cwd)],
    // Whoever is in the group of root can change much of what is root's.
    isRoot: process.getuid?.() === 0 && ((uid ?? 0) === 0 || (gid ?? 0) === 0),
    refused: isPlace
      ? []
      : [
          {
            path: ['command', 0],
            message: 'must be an absolute path, or start with `./`: PATH is not searched for it',
          },
        ],
  }
}
