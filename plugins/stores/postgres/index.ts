import { z } from 'zod'
import {
  type ConfigurableFields,
  defineStore,
  type Reference,
  type StoreUse,
  secret,
} from '../../../core/index.ts'
import { createStore, NOT_FOR_READING } from './store.ts'

const MAX_SCHEMA_LENGTH = 48

const options = z.strictObject({
  url: secret().describe('Where the database is: postgres://user:password@host:5432/name.'),
  schema: z
    .string()
    .regex(/^[a-z_][a-z0-9_]*$/, 'must be lower-case letters, digits and _')
    .max(MAX_SCHEMA_LENGTH)
    .default('hookline')
    .describe('Schema of the tables, made where it is missing.'),
  poolSize: z
    .int()
    .min(NOT_FOR_READING + 1)
    .max(200)
    .default(10)
    .describe('Connections of this node at most; one more listens to the other nodes.'),
  statementTimeoutSeconds: z
    .number()
    .min(1)
    .max(600)
    .default(10)
    .describe('A statement, and the wait for a lock, ends after so long.'),
  connectSeconds: z
    .number()
    .positive()
    .max(60)
    .default(1.5)
    .describe('How long to wait for a connection.'),
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
