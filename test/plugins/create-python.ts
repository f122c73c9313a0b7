import { fileURLToPath } from 'node:url'
import type { ExecutorInstance, PluginContext } from 'hookline'
import { python } from 'hookline/executors'
import { PYTHON } from './create-subprocess.ts'

/** Folder of the Python programs that the tests run. */
export const PYTHON_PROGRAMS = fileURLToPath(new URL('../fixtures/python', import.meta.url))

export const MODES = ['warm', 'spawn'] as const

const silent = () => {}

/** A python executor from options as a config holds them. */
export function createPython(
  options: Readonly<Record<string, unknown>>,
  context: Partial<PluginContext> = {},
): ExecutorInstance {
  const { definition } = python
  return definition.create(definition.options.parse({ interpreter: PYTHON, ...options }), {
    name: 'program',
    baseDir: PYTHON_PROGRAMS,
    dataDir: PYTHON_PROGRAMS,
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    clock: Date.now,
    ...context,
  })
}
