import { isAbsolute } from 'node:path'
import {
  locate,
  type ProcessSettings,
  processPermissions,
  type RequiredPermissions,
} from '../../../core/sdk/executor.ts'

/** What a program with these options would run and touch. */
export function permissionsOf(
  options: ProcessSettings & { readonly command: readonly string[] },
  baseDir: string,
): RequiredPermissions {
  const [name = ''] = options.command
  const program = locate(name, baseDir)
  const common = processPermissions(options, baseDir)
  if (isAbsolute(program)) return { ...common, runs: [program], refused: [] }
  const message = 'must be an absolute path, or start with `./`: PATH is not searched for it'
  return { ...common, runs: [], refused: [{ path: ['command', 0], message }] }
}
