import { Pool, type PoolClient, types } from 'pg'
import type { PluginLogger } from '../../../core/index.ts'
import { isConnectionFault, isRace } from './fault.ts'

const INT8 = 20
const IDLE_MS = 30_000
/** Beyond the server's own limit: only a server that answers nothing is given up by this one. */
const NO_ANSWER_MS = 1_000
/** Of a transaction that ran into another one. */
const MAX_TRIES = 6

export interface DatabaseSettings {
  readonly url: string
  readonly schema: string
  readonly poolSize: number
  readonly statementTimeoutSeconds: number
  readonly connectSeconds: number
}

export type Row = Readonly<Record<string, unknown>>

/** Where statements run: one connection, or whichever is free. */
export interface Session {
  /** Prepared once per connection, under a name that belongs to its text. */
  run(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>
}

/** Statements within one transaction. */
export interface Transaction extends Session {
  /** The database's clock when it began, in ms since the epoch. */
  readonly startedAt: number
}

export interface Database extends Session {
  /** Runs `body` in a transaction that is committed at its end, and undone where it throws. */
  transact<Result>(body: (transaction: Transaction) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

// Eight-byte integers are times and counters here, all far within what a number holds.
const typeParsers = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
}

/** What every connection to the database is opened with, a listening one too. */
export function connectionSettings({ url, connectSeconds }: DatabaseSettings) {
  return {
    connectionString: url,
    connectionTimeoutMillis: connectSeconds * 1000,
    keepAlive: true,
    application_name: 'hookline',
    types: typeParsers,
  }
}

/** A bounded pool. Nothing is connected before the first statement. */
export function createDatabase(settings: DatabaseSettings, logger: PluginLogger): Database {
  const names = new Map<string, string>()
  const pool = new Pool({
    ...connectionSettings(settings),
    max: settings.poolSize,
    idleTimeoutMillis: IDLE_MS,
    query_timeout: settings.statementTimeoutSeconds * 1000 + NO_ANSWER_MS,
    onConnect: async (client) => {
      // Lost between two statements: the next one says so. Without a listener the process would end.
      client.on('error', () => {})
      await client.query(setUp(settings))
    },
  })
  // A connection that breaks while idle; the next statement opens another.
  pool.on('error', (error) => logger.warn({ fault: error.message }, 'lost a database connection'))

  const nameOf = (sql: string): string => {
    const name = names.get(sql) ?? `hookline_${names.size}`
    names.set(sql, name)
    return name
  }

  return {
    async run(sql, values) {
      const client = await pool.connect()
      let broken = true
      try {
        const rows = await sessionOf(client, nameOf).run(sql, values)
        broken = false
        return rows
      } catch (error) {
        broken = isConnectionFault(error)
        throw error
      } finally {
        client.release(broken)
      }
    },

    async transact(body) {
      for (let tries = 1; ; tries++) {
        const ended = await transactOnce(pool, nameOf, body)
        if (ended.ok) return ended.result
        if (!mayTryAgain(ended, tries)) throw ended.error
      }
    },

    close: () => pool.end(),
  }
}

type NameOf = (sql: string) => string

function sessionOf(client: PoolClient, nameOf: NameOf): Session {
  return {
    async run(sql, values = []) {
      return (await client.query({ name: nameOf(sql), text: sql, values: [...values] })).rows
    },
  }
}

type Ended<Result> =
  | { readonly ok: true; readonly result: Result }
  /** `undone`: it is certain that nothing was committed. */
  | { readonly ok: false; readonly error: unknown; readonly undone: boolean }

async function transactOnce<Result>(
  pool: Pool,
  nameOf: NameOf,
  body: (transaction: Transaction) => Promise<Result>,
): Promise<Ended<Result>> {
  const client = await pool.connect()
  let broken = true
  let undone = true
  try {
    const startedAt = await begin(client)
    const result = await body({ ...sessionOf(client, nameOf), startedAt })
    undone = false
    await client.query('COMMIT')
    broken = false
    return { ok: true, result }
  } catch (error) {
    if (!isConnectionFault(error)) broken = await failsToRollBack(client)
    return { ok: false, error, undone }
  } finally {
    client.release(broken)
  }
}

async function failsToRollBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK')
    return false
  } catch {
    return true
  }
}

// A connection that broke is tried again once: the one that is opened then says whether the database is there.
function mayTryAgain(ended: Ended<unknown> & { readonly ok: false }, tries: number): boolean {
  if (isRace(ended.error)) return tries < MAX_TRIES
  return ended.undone && isConnectionFault(ended.error) && tries === 1
}

/** The database's clock, whole milliseconds since the epoch. */
export const NOW = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

async function begin(client: PoolClient): Promise<number> {
  // One way there and back for both. Several statements in one text answer a list of results.
  const results: unknown = await client.query(
    `BEGIN ISOLATION LEVEL READ COMMITTED; SELECT ${NOW} AS now`,
  )
  const [, { rows }] = results as [unknown, { rows: readonly { now: number }[] }]
  return rows[0]?.now ?? 0
}

// By statements, not as parameters of the connection: PgBouncer refuses those that it does not know.
function setUp({ schema, statementTimeoutSeconds }: DatabaseSettings): string {
  const limitMs = Math.ceil(statementTimeoutSeconds * 1000)
  return `
    SET search_path = ${quoted(schema)};
    SET statement_timeout = ${limitMs};
    SET lock_timeout = ${limitMs};
    SET idle_in_transaction_session_timeout = ${limitMs};
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`
}

/** A name as SQL text. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
