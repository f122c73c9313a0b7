import { isAbsolute } from 'node:path'
import {
  locate,
  type ProcessReachOptions,
  type ProgramReach,
  processReach,
} from '../../../core/index.ts'

export interface ReachOptions extends ProcessReachOptions {
  readonly command: readonly string[]
}

/** What a program of these options would run and touch. */
export function reachOf(options: ReachOptions, baseDir: string): ProgramReach {
  const [name = ''] = options.command
  const program = locate(name, baseDir)
  const isPlace = isAbsolute(program)
  return {
    ...processReach(options, baseDir),
    runs: isPlace ? [program] : [],
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
