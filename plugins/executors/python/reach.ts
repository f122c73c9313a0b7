import { resolve } from 'node:path'
import { type ProgramReach, processOptions } from '../../../core/index.ts'
import { options, type PythonOptions } from './options.ts'

/** What a program of these options would run and touch: a script that is allowed, by the usual interpreter. */
export function reachOf(given: PythonOptions, baseDir: string): ProgramReach {
  const { script, interpreter, preload, cwd, env, secretEnv, passEnv, uid, gid } = given
  const usual = processOptions.passEnv.parse(undefined)
  const refused = [
    script === undefined && {
      path: ['function'],
      message: 'can be any function of any module: give a `script`',
    },
    // To allow one as a command would allow `-c` to it.
    interpreter !== options.shape.interpreter.parse(undefined) && {
      path: ['interpreter'],
      message: 'is for a config file to name',
    },
    preload.length > 0 && { path: ['preload'], message: 'runs modules before the script' },
  ]
  return {
    runs: script === undefined ? [] : [resolve(baseDir, script)],
    variables: [
      ...Object.keys(env),
      ...Object.keys(secretEnv),
      ...passEnv.filter((variable) => !usual.includes(variable)),
    ],
    folders: cwd === undefined ? [] : [resolve(baseDir, cwd)],
    // Whoever is in the group of root can change much of what is root's.
    isRoot: process.getuid?.() === 0 && ((uid ?? 0) === 0 || (gid ?? 0) === 0),
    refused: refused.filter((entry) => entry !== false),
  }
}
