import { join, resolve } from 'node:path'
import { z } from 'zod'
import { type ConfigurableFields, defineStore, type StoreUse } from '../../../core/index.ts'
import { createStore } from './store.ts'

const FILE_NAME = 'hookline.db'

const options = z.strictObject({
  path: z
    .string()
    .min(1, 'must not be empty')
    .optional()
    .describe(
      'Path of the database file, from the folder of the config. Default: hookline.db in the data folder.',
    ),
})

const configure = defineStore({
  name: 'sqlite',
  summary: 'One SQLite file, for one process. Every answer stands for a commit on disk.',
  options,
  create: ({ path }, context) =>
    createStore({
      path: path === undefined ? join(context.dataDir, FILE_NAME) : resolve(context.baseDir, path),
      clock: context.clock,
      logger: context.logger,
    }),
})

/** The embedded store. Takes a path, or options; a relative path starts at the folder of the config. */
export const sqlite = Object.assign(
  (use: string | ConfigurableFields<z.input<typeof options>> = {}): StoreUse =>
    configure(typeof use === 'string' ? { path: use } : use),
  { definition: configure.definition },
)
