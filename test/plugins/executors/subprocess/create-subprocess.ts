import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { subprocess } from 'hookline/executors'
import type { ExecutorInstance, PluginContext } from 'hookline/sdk/executor'
import { afterAll } from 'vitest'
import { SILENT_LOGGER } from '../../../../core/kit/silent-logger.ts'

/** Folder of the small programs that the tests run. */
export const PROGRAMS = fileURLToPath(new URL('../../../fixtures/programs', import.meta.url))

/** The system's own Python where there is one: the first in PATH can be a slow version switcher. */
export const PYTHON = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3'

/** The data folder of all programs that a test file runs. */
export const DATA_DIR = mkdtempSync(join(tmpdir(), 'programs-data-'))
afterAll(() => rmSync(DATA_DIR, { recursive: true }))

const context: PluginContext = {
  name: 'program',
  baseDir: PROGRAMS,
  dataDir: DATA_DIR,
  logger: SILENT_LOGGER,
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
