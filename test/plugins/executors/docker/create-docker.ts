import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { docker } from 'hookline/executors'
import type { ExecutorInstance, PluginContext } from 'hookline/sdk/executor'
import { afterAll } from 'vitest'
import { SILENT_LOGGER } from '../../../../core/kit/silent-logger.ts'
import { IMAGE } from './engine.ts'

/** Folder of the small programs that the tests mount. */
export const DOCKER_PROGRAMS = fileURLToPath(new URL('../../../fixtures/docker', import.meta.url))

/** A data folder of a node of its own. */
export function makeDataDir(): string {
  return mkdtempSync(join(tmpdir(), 'hookline-docker-'))
}

let ownDataDir: string | null = null
afterAll(() => {
  if (ownDataDir !== null) rmSync(ownDataDir, { recursive: true })
})

/** A docker executor from options as a config holds them; the image is the tests' own where none is named. */
export function createDocker(options: object, context: Partial<PluginContext> = {}) {
  const { definition } = docker
  ownDataDir ??= makeDataDir()
  const executor: ExecutorInstance = definition.create(
    definition.options.parse({ image: IMAGE, pull: 'never', killAfterSeconds: 1, ...options }),
    {
      name: 'program',
      baseDir: DOCKER_PROGRAMS,
      dataDir: ownDataDir,
      logger: SILENT_LOGGER,
      clock: Date.now,
      ...context,
    },
  )
  return executor
}
