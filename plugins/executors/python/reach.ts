import { resolve } from 'node:path'
import { type ProgramReach, processReach } from '../../../core/index.ts'
import { options, type PythonOptions } from './options.ts'

/** What a program of these options would run and touch: a script that is allowed, by the usual interpreter. */
export function reachOf(given: PythonOptions, baseDir: string): ProgramReach {
  const { script, interpreter, preload } = given
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
    ...processReach(given, baseDir),
    runs: script === undefined ? [] : [resolve(baseDir, script)],
    refused: refused.filter((entry) => entry !== false),
  }
}
