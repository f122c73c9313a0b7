import {
  HooklineError,
  isHooklineError,
  type PluginLogger,
  type StoreTransfer,
  TRANSFER_TABLES,
  type TransferKey,
  type TransferKind,
  type TransferRow,
  type TransferSource,
  type TransferTarget,
} from '../../../core/index.ts'
import { createDatabase, type Database, type DatabaseSettings } from './database.ts'
import { toStoreError } from './fault.ts'
import { refuseIncomplete } from './incomplete.ts'
import { bringUp } from './migrate.ts'
import { derive } from './transfer-derive.ts'
import { insertRows, readRows } from './transfer-rows.ts'
import {
  beginState,
  checkSource,
  checkTarget,
  finishState,
  movePosition,
  nameOf,
  refuseNodes,
} from './transfer-state.ts'

/** A page is large, and nobody waits for a move. */
const STATEMENT_SECONDS = 300

interface TransferSettings extends DatabaseSettings {
  readonly logger: PluginLogger
}

/** A schema as the end of a move. */
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
    read: (kind, after) => guarded(() => readRows(database, kind, after)),
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
    read: (kind, after) => guarded(() => readRows(database, kind, after)),
    async write(kind, rows) {
      const next = { kind, after: keyOf(kind, rows) }
      await guarded(() =>
        database.transact(async (transaction) => {
          await movePosition(transaction, position, next)
          await insertRows(transaction, kind, rows)
        }),
      )
      position = next
    },
    async finish() {
      await guarded(async () => {
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
  // One connection, which is not to be taken for a node's.
  const own = { ...settings, poolSize: 1, statementTimeoutSeconds: STATEMENT_SECONDS }
  const database = createDatabase(own, settings.logger)
  try {
    return await guarded(async () => {
      await database.run("SET application_name = 'hookline move'")
      return open(database)
    })
  } catch (error) {
    await database.close()
    throw error
  }
}

function keyOf(kind: TransferKind, rows: readonly TransferRow[]): TransferKey | null {
  const last = rows.at(-1)?.slice(0, TRANSFER_TABLES[kind].keyFields)
  return (last ?? null) as TransferKey | null
}

async function guarded<Result>(body: () => Promise<Result>): Promise<Result> {
  try {
    return await body()
  } catch (error) {
    throw isHooklineError(error) ? error : toStoreError(error)
  }
}
