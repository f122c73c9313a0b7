import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ExecutorInstance, PluginContext } from 'hookline'
import { subprocess } from 'hookline/executors'

/** Folder of the small programs that the tests run. */
export const PROGRAMS = fileURLToPath(new URL('../fixtures/programs', import.meta.url))

/** The system's own Python where there is one: the first in PATH can be a slow version switcher. */
export const PYTHON = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3'

const silent = () => {}

const context: PluginContext = {
  name: 'program',
  baseDir: PROGRAMS,
  dataDir: PROGRAMS,
  logger: { debug: silent, info: silent, warn: silent, error: silent },
  clock: Date.now,
}

/** A subprocess executor from options as a config holds them. */
export function createSubprocess(
  options: unknown,
  known: Partial<PluginContext> = {},
): ExecutorInstance {
  const { definition } = subprocess
  return definition.create(definition.options.parse(options), { ...context, ...known })
}

/** Whether this is Linux and the tools are installed. */
export function hasTools(...names: readonly string[]): boolean {
  const folders = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin']
  const isThere = (name: string) => folders.some((folder) => existsSync(`${folder}/${name}`))
  return process.platform === 'linux' && names.every(isThere)
}
