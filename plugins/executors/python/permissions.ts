import { resolve } from 'node:path'
import { processPermissions, type RequiredPermissions } from '../../../core/sdk/executor.ts'
import { options, type PythonOptions } from './options.ts'

/** What a program with these options would run and touch: an allowed script, with the usual interpreter. */
export function permissionsOf(given: PythonOptions, baseDir: string): RequiredPermissions {
  const { script, interpreter, preload } = given
  const refused = [
    script === undefined && {
      path: ['function'],
      message: 'can be any function of any module: give a `script`',
    },
    // An allowed interpreter could be run with `-c`.
    interpreter !== options.shape.interpreter.parse(undefined) && {
      path: ['interpreter'],
      message: 'is for a config file to name',
    },
    preload.length > 0 && { path: ['preload'], message: 'runs modules before the script' },
  ]
  return {
    ...processPermissions(given, baseDir),
    runs: script === undefined ? [] : [resolve(baseDir, script)],
    refused: refused.filter((entry) => entry !== false),
  }
}
