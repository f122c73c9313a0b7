import {
  HooklineError,
  type PluginLogger,
  positionAfter,
  type StoreTransfer,
  type TransferSource,
  type TransferTarget,
} from '../../../../core/sdk/store.ts'
import { createDatabase, type Database, type DatabaseSettings } from '../database/database.ts'
import { withStoreErrors } from '../database/fault.ts'
import { bringUp } from '../database/migrate.ts'
import { derive } from './derive.ts'
import { refuseIncomplete } from './incomplete.ts'
import { insertRows, readRows } from './rows.ts'
import {
  beginState,
  checkSource,
  checkTarget,
  finishState,
  movePosition,
  nameOf,
  refuseNodes,
} from './state.ts'

/** Pages are large, and nobody waits for a move. */
const STATEMENT_SECONDS = 300

interface TransferSettings extends DatabaseSettings {
  readonly logger: PluginLogger
}

/** A schema as one end of a move. */
export function createTransfer(settings: TransferSettings): StoreTransfer {
  return {
    openSource: () => withDatabase(settings, (database) => openSource(database, settings.schema)),
    openTarget: (from) =>
      withDatabase(settings, (database) => openTarget(database, settings.schema, from)),
  }
}

async function openSource(database: Database, schema: string): Promise<TransferSource> {
  await checkSource(database, schema)
  await refuseIncomplete(database, schema)
  const name = await nameOf(database)
  await refuseNodes(database, name)
  return {
    name,
    read: (kind, after) => withStoreErrors(() => readRows(database, kind, after)),
    close: () => database.close(),
  }
}

async function openTarget(
  database: Database,
  schema: string,
  from: string,
): Promise<TransferTarget> {
  await checkTarget(database, schema)
  await bringUp(database, schema)
  const name = await nameOf(database)
  if (name === from)
    throw new HooklineError('transfer_refused', `${name} is both source and target`)
  await refuseNodes(database, name)
  const state = await database.transact((transaction) => beginState(transaction, from, name))
  let { position, finishedAt } = state
  return {
    name,
    get position() {
      return position
    },
    get finishedAt() {
      return finishedAt
    },
    read: (kind, after) => withStoreErrors(() => readRows(database, kind, after)),
    async write(kind, rows) {
      const next = positionAfter(kind, rows)
      await withStoreErrors(() =>
        database.transact(async (transaction) => {
          await movePosition(transaction, position, next)
          await insertRows(transaction, kind, rows)
        }),
      )
      position = next
    },
    async finish() {
      await withStoreErrors(async () => {
        await refuseNodes(database, name)
        await derive(database)
        finishedAt = await database.transact(finishState)
      })
    },
    close: () => database.close(),
  }
}

async function withDatabase<Result>(
  settings: TransferSettings,
  open: (database: Database) => Promise<Result>,
): Promise<Result> {
  // One connection, which must not be taken for that of a node.
  const own = { ...settings, poolSize: 1, statementTimeoutSeconds: STATEMENT_SECONDS }
  const database = createDatabase(own, settings.logger)
  try {
    return await withStoreErrors(async () => {
      await database.run("SET application_name = 'hookline move'")
      return open(database)
    })
  } catch (error) {
    await database.close()
    throw error
  }
}
