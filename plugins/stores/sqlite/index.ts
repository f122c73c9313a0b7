import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import {
  type ConfigurableFields,
  dataPath,
  defineStore,
  type PluginContext,
  type StoreUse,
} from '../../../core/sdk/store.ts'
import { createStore } from './store.ts'

const FILE_NAME = 'hookline.db'

const options = z.strictObject({
  path: z
    .string()
    .min(1, 'must not be empty')
    .optional()
    .describe(
      'Path of the database file, from the folder of the config. A path in the data folder of the config follows `--data`. Default: hookline.db in the data folder.',
    ),
})

const configure = defineStore({
  name: 'sqlite',
  summary: 'One SQLite file, for one process. Every answer stands for a commit on disk.',
  options,
  create: ({ path }, context) =>
    createStore({
      path: path === undefined ? join(context.dataDir, FILE_NAME) : placeOf(path, context),
      clock: context.clock,
      logger: context.logger,
    }),
})

function placeOf(path: string, context: PluginContext): string {
  const place = dataPath(path, context)
  const before = resolve(context.baseDir, path)
  if (before !== place && existsSync(before) && !existsSync(place)) {
    const message = `The database ${before} is not used, since --data names another folder: ${place} is. To keep its tasks, stop the service and move the file there, with its -wal file.`
    context.logger.warn({}, message)
  }
  return place
}

/** The embedded store. Takes a path, or options; a relative path starts at the folder of the config. */
export const sqlite = Object.assign(
  (use: string | ConfigurableFields<z.input<typeof options>> = {}): StoreUse =>
    configure(typeof use === 'string' ? { path: use } : use),
  { definition: configure.definition },
)
