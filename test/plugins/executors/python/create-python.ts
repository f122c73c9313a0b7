import { fileURLToPath } from 'node:url'
import { python } from 'hookline/executors'
import type { ExecutorInstance, PluginContext } from 'hookline/sdk/executor'
import { SILENT_LOGGER } from '../../../../core/kit/silent-logger.ts'
import { DATA_DIR, PYTHON } from '../subprocess/create-subprocess.ts'

/** Folder of the Python programs that the tests run. */
export const PYTHON_PROGRAMS = fileURLToPath(new URL('../../../fixtures/python', import.meta.url))

export const MODES = ['warm', 'workers', 'spawn'] as const

/** A python executor from options as a config holds them. */
export function createPython(
  options: Readonly<Record<string, unknown>>,
  context: Partial<PluginContext> = {},
): ExecutorInstance {
  const { definition } = python
  return definition.create(definition.options.parse({ interpreter: PYTHON, ...options }), {
    name: 'program',
    baseDir: PYTHON_PROGRAMS,
    dataDir: DATA_DIR,
    logger: SILENT_LOGGER,
    clock: Date.now,
    ...context,
  })
}
