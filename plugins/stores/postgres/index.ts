import { z } from 'zod'
import {
  type ConfigurableFields,
  defineStore,
  type Reference,
  type StoreUse,
  secret,
} from '../../../core/sdk/store.ts'
import { createStore, NOT_FOR_READING } from './store.ts'

const MAX_SCHEMA_LENGTH = 48

const options = z.strictObject({
  url: secret().describe('Where the database is: postgres://user:password@host:5432/name.'),
  schema: z
    .string()
    .regex(/^[a-z_][a-z0-9_]*$/, 'must be lower-case letters, digits and _')
    .max(MAX_SCHEMA_LENGTH)
    .default('hookline')
    .describe('Schema of the tables. It is created if it does not exist.'),
  poolSize: z
    .int()
    .min(NOT_FOR_READING + 1)
    .max(200)
    .default(10)
    .describe('Most connections of this node. One more listens to the other nodes.'),
  statementTimeoutSeconds: z
    .number()
    .min(1)
    .max(600)
    .default(10)
    .describe('Time limit of a statement, and of the wait for a lock.'),
  connectSeconds: z
    .number()
    .positive()
    .max(60)
    .default(1.5)
    .describe('Time limit for getting a connection.'),
  startSeconds: z
    .number()
    .min(0)
    .max(3600)
    .default(60)
    .describe('How long a start waits for a database that is away. Then it fails.'),
})

const configure = defineStore({
  name: 'postgres',
  summary: 'A PostgreSQL database that any number of nodes share.',
  options,
  create: (parsed, { clock, logger }) => createStore({ ...parsed, clock, logger }),
})

type Options = ConfigurableFields<z.input<typeof options>>

/** The store of many nodes. Takes the database's URL, or options. */
export const postgres = Object.assign(
  (use: string | Reference | Options): StoreUse =>
    configure(typeof use === 'string' || isReference(use) ? { url: use } : use),
  { definition: configure.definition },
)

function isReference(use: Reference | Options): use is Reference {
  return 'env' in use || 'file' in use
}
