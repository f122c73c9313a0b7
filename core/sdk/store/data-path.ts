import { isAbsolute, join, relative, resolve } from 'node:path'
import type { PluginContext } from '../../contracts/plugin.ts'

/**
 * Absolute path of a file that a store keeps. Relative paths start at the folder of the config. A path inside the data
 * folder that the config names follows it to the one in force, which `--data` or HOOKLINE_DATA may name.
 */
export function dataPath(
  path: string,
  { baseDir, dataDir, configDataDir = dataDir }: PluginContext,
): string {
  const written = resolve(baseDir, path)
  const inside = relative(configDataDir, written)
  const isInside = inside !== '' && !inside.startsWith('..') && !isAbsolute(inside)
  return isInside ? join(dataDir, inside) : written
}
