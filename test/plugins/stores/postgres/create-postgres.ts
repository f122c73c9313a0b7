import type { PluginLogger } from '../../../../core/contracts/plugin.ts'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import { SILENT_LOGGER } from '../../../../core/kit/silent-logger.ts'
import type { StoreUnderTest } from '../../../../core/testing/store.ts'
import type { Migration } from '../../../../plugins/stores/postgres/database/migrations.ts'
import { createStore } from '../../../../plugins/stores/postgres/store.ts'
import { query } from './server.ts'

export interface StoreFields {
  readonly schema: string
  readonly clock?: () => number
  readonly passedMs?: () => number
  readonly poolSize?: number
  readonly statementTimeoutSeconds?: number
  readonly startSeconds?: number
  readonly logger?: PluginLogger
  readonly migrations?: readonly Migration[]
}

/** A store over a schema, not yet open. */
export function createOver(url: string, fields: StoreFields): StoreInstance {
  const limits = { poolSize: 10, statementTimeoutSeconds: 10, connectSeconds: 1.5 }
  const settings = { ...limits, startSeconds: 0 }
  return createStore({ ...settings, url, clock: Date.now, logger: SILENT_LOGGER, ...fields })
}

/** A name that no other test has. */
export function newSchema(): string {
  return `test_${process.pid}_${crypto.randomUUID().replaceAll('-', '').slice(0, 16)}`
}

/** An open store in a schema of its own, for which the test lets time pass. */
export async function createPostgres(url: string): Promise<StoreUnderTest> {
  const schema = newSchema()
  let passed = 0
  const now = () => Date.now() + passed
  const opened: StoreInstance[] = []
  const other = `${schema}_other`
  const open = async (): Promise<StoreInstance> => {
    const store = createOver(url, { schema, clock: now, passedMs: () => passed })
    opened.push(store)
    await store.open()
    return store
  }
  const store = await open()
  return {
    store,
    now,
    advance(milliseconds) {
      passed += milliseconds
    },
    async reopen() {
      await Promise.all(opened.splice(0).map((each) => each.close()))
      return open()
    },
    another: open,
    async empty() {
      const empty = createOver(url, { schema: other, clock: now, passedMs: () => passed })
      opened.push(empty)
      return empty
    },
    async dispose() {
      await Promise.all(opened.splice(0).map((each) => each.close()))
      await query(url, `DROP SCHEMA IF EXISTS "${schema}", "${other}" CASCADE`)
    },
  }
}
