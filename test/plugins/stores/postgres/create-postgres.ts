import { Client } from 'pg'
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

export interface StoresUnderTest {
  /** An open, empty store, for which the test lets time pass. */
  create(): Promise<StoreUnderTest>
  /** Drops what the stores have left. */
  drop(): Promise<void>
}

/** A schema and a store over it, which one test after another gets. */
interface Place {
  readonly schema: string
  readonly time: { passedMs: number }
  readonly store: StoreInstance
}

/** What a test has done to its place. */
interface Use {
  /** Its store remembers how far it has deleted, or may yet hear what other stores have done. */
  worn: boolean
  /** Its data have been moved to another schema. */
  moved: boolean
}

/** Stores of which each takes the place of one that is no longer used, emptied. A place of its own takes much longer. */
export function createStores(url: string): StoresUnderTest {
  const free: Place[] = []
  let emptying: Promise<Client> | null = null
  return {
    async create() {
      const place = free.pop() ?? newPlace(url, newSchema())
      await place.store.open()
      return createPostgres(url, place, async ({ worn, moved }) => {
        const { schema, store } = place
        if (worn || moved) await store.close()
        if (moved) return dropSchemas(url, [schema, otherOf(schema)])
        emptying ??= connect(url)
        await (await emptying).query(emptied(schema))
        place.time.passedMs = 0
        free.push(worn ? newPlace(url, schema) : place)
      })
    },
    async drop() {
      const places = free.splice(0)
      await Promise.all(places.map(({ store }) => store.close()))
      const schemas = places.map(({ schema }) => schema)
      await dropSchemas(url, schemas)
      await (await emptying)?.end()
    },
  }
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return client
}

function newPlace(url: string, schema: string): Place {
  const time = { passedMs: 0 }
  return { schema, time, store: createAt(url, schema, time) }
}

function createAt(url: string, schema: string, time: Place['time']): StoreInstance {
  const passedMs = () => time.passedMs
  return createOver(url, { schema, clock: () => Date.now() + passedMs(), passedMs })
}

function createPostgres(
  url: string,
  { schema, time, store }: Place,
  giveBack: (use: Use) => Promise<void>,
): StoreUnderTest {
  const use: Use = { worn: false, moved: false }
  const unsubscribes: (() => void)[] = []
  const others: StoreInstance[] = []
  const create = (name: string): StoreInstance => {
    const other = createAt(url, name, time)
    use.worn = true
    others.push(other)
    return other
  }
  const another = async (): Promise<StoreInstance> => {
    const other = create(schema)
    await other.open()
    return other
  }
  const closeOthers = () => Promise.all(others.splice(0).map((other) => other.close()))
  return {
    store: {
      ...store,
      prune(request) {
        use.worn = true
        return store.prune(request)
      },
      subscribe(listener) {
        const unsubscribe = store.subscribe(listener)
        unsubscribes.push(unsubscribe)
        return unsubscribe
      },
    },
    now: () => Date.now() + time.passedMs,
    advance(milliseconds) {
      time.passedMs += milliseconds
    },
    async reopen() {
      await Promise.all([store.close(), closeOthers()])
      return another()
    },
    another,
    async empty() {
      use.moved = true
      return create(otherOf(schema))
    },
    async dispose() {
      for (const unsubscribe of unsubscribes) unsubscribe()
      await closeOthers()
      await giveBack(use)
    },
  }
}

function otherOf(schema: string): string {
  return `${schema}_other`
}

async function dropSchemas(url: string, schemas: readonly string[]): Promise<void> {
  if (schemas.length === 0) return
  const names = schemas.map((schema) => `"${schema}"`)
  await query(url, `DROP SCHEMA IF EXISTS ${names.join()} CASCADE`)
}

// As the migrations leave it. Rows are deleted one by one, since TRUNCATE makes new files for each table and index.
function emptied(schema: string): string {
  return `
    -- Without triggers.
    SET session_replication_role = replica;
    DO $$ DECLARE name text; BEGIN
      FOR name IN
        SELECT tablename FROM pg_tables WHERE schemaname = '${schema}'
        AND tablename NOT IN ('schema_version', 'document_versions', 'projection')
      LOOP EXECUTE format('DELETE FROM ${schema}.%I', name); END LOOP;
      PERFORM setval(seqrelid, 1, false) FROM pg_sequence JOIN pg_class ON pg_class.oid = seqrelid
        WHERE relnamespace = '${schema}'::regnamespace;
    END $$;
    UPDATE ${schema}.document_versions SET newest = 0;
    UPDATE ${schema}.projection SET version = 0`
}
