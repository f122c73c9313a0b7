import { createHash } from 'node:crypto'
import type { PoolClient } from 'pg'
import type { PluginLogger } from '../../../../core/sdk/store.ts'
import { type Connections, createConnections } from './connections.ts'
import { isConnectionFault, isRace } from './fault.ts'
import { loadPg } from './pg.ts'
import { checkMark, mark, SESSION_MARK } from './session-mark.ts'
import { checkConfirmed, noteUnconfirmed } from './standby.ts'

const INT8 = 20
const IDLE_MS = 30_000
/** Added to the server's own limit, so this one applies only if the server does not answer at all. */
const NO_ANSWER_MS = 1_000
/** How often a transaction is tried that conflicts with others. */
const MAX_TRIES = 6
const LOCK_WAIT_MS = 500

export interface DatabaseSettings {
  readonly url: string
  readonly schema: string
  readonly poolSize: number
  readonly statementTimeoutSeconds: number
  readonly connectSeconds: number
}

export type Row = Readonly<Record<string, unknown>>

/** Runs statements on one connection, or on whichever is free. */
export interface Session {
  /** Prepared once per connection, under a name that belongs to its text. */
  run(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>
}

/** Statements within one transaction. */
export interface Transaction extends Session {
  /** The database's clock when it began, in ms since the epoch. */
  readonly startedAt: number
}

/** What is alone waits for all work that has begun (`waitUntilAlone`). Work that begins later waits for it, before it holds any lock. */
export type TransactionKind = 'work' | 'alone'

export interface Database extends Session {
  /** Runs `body` in a transaction that is committed at its end, or rolled back if it throws. */
  transact<Result>(
    body: (transaction: Transaction) => Promise<Result>,
    kind?: TransactionKind,
  ): Promise<Result>
  /** Throws if connections do not keep their sessions. Needs two connections. */
  checkSessions(): Promise<void>
  close(): Promise<void>
}

// Eight-byte integers are times and counters here, which all fit into a number.
function typeParsers() {
  const { getTypeParser } = loadPg().types
  return {
    getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
      oid === INT8 ? Number : getTypeParser(oid, format)) as typeof getTypeParser,
  }
}

/** Settings of every connection to the database, including the one that listens. */
export function connectionSettings({ url, connectSeconds }: DatabaseSettings) {
  return {
    connectionString: url,
    connectionTimeoutMillis: connectSeconds * 1000,
    keepAlive: true,
    application_name: 'hookline',
    types: typeParsers(),
  }
}

/** A pool of limited size. It connects with the first statement. */
export function createDatabase(settings: DatabaseSettings, logger: PluginLogger): Database {
  const names = new Map<string, string>()
  const connections = createConnections({
    ...connectionSettings(settings),
    max: settings.poolSize,
    idleTimeoutMillis: IDLE_MS,
    query_timeout: settings.statementTimeoutSeconds * 1000 + NO_ANSWER_MS,
    async prepare(client) {
      // If a connection is lost between two statements, the next one fails. Without a listener the process would end.
      client.on('error', () => {})
      noteUnconfirmed(client)
      await client.query(`${setUp(settings)}; ${mark(client)}`)
    },
    onLost: ({ message }) => logger.warn({ fault: message }, 'lost a database connection'),
  })

  const nameOf = (sql: string): string => {
    const name = names.get(sql) ?? statementName(settings.schema, sql)
    names.set(sql, name)
    return name
  }

  return {
    async run(sql, values) {
      const client = await connections.take()
      let broken = true
      try {
        const rows = await sessionOf(client, nameOf).run(sql, values)
        checkConfirmed(client)
        broken = false
        return rows
      } catch (error) {
        broken = isConnectionFault(error)
        throw error
      } finally {
        connections.giveBack(client, broken)
      }
    },

    async transact(body, kind = 'work') {
      const opening = kind === 'work' ? beginWork(settings.schema) : BEGIN
      for (let tries = 1; ; tries++) {
        const ended = await transactOnce({ connections, nameOf, opening }, body)
        if (ended.ok) return ended.result
        if (!mayTryAgain(ended, tries)) throw ended.error
      }
    },

    async checkSessions() {
      const first = await connections.take()
      let broken = true
      try {
        // A pooler would give the free session of the first connection to the second, which overwrites its mark.
        const second = await connections.take()
        connections.giveBack(second, false)
        await begin(first, BEGIN)
        await first.query('ROLLBACK')
        broken = false
      } finally {
        connections.giveBack(first, broken)
      }
    },

    close: () => connections.close(),
  }
}

type NameOf = (sql: string) => string

// The same in every process, and different for other texts. If sessions get mixed up, nothing else runs under the name.
function statementName(schema: string, sql: string): string {
  const hash = createHash('sha256').update(`${schema}\n${sql}`).digest('hex')
  return `hookline_${hash.slice(0, 32)}`
}

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

interface Connecting {
  readonly connections: Connections
  readonly nameOf: NameOf
  readonly opening: string
}

async function transactOnce<Result>(
  { connections, nameOf, opening }: Connecting,
  body: (transaction: Transaction) => Promise<Result>,
): Promise<Ended<Result>> {
  const client = await connections.take()
  let broken = true
  let undone = true
  try {
    const startedAt = await begin(client, opening)
    const result = await body({ ...sessionOf(client, nameOf), startedAt })
    undone = false
    await client.query('COMMIT')
    checkConfirmed(client)
    broken = false
    return { ok: true, result }
  } catch (error) {
    if (!isConnectionFault(error)) broken = await failsToRollBack(client)
    return { ok: false, error, undone }
  } finally {
    connections.giveBack(client, broken)
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

// After a broken connection it is tried once more: the new connection shows whether the database is there.
function mayTryAgain(ended: Ended<unknown> & { readonly ok: false }, tries: number): boolean {
  if (isRace(ended.error)) return tries < MAX_TRIES
  return ended.undone && isConnectionFault(ended.error) && tries === 1
}

/** The database's clock, whole milliseconds since the epoch. */
export const NOW = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

// All of this takes one round trip. Several statements in one text return a list of results.
const BEGIN = `BEGIN ISOLATION LEVEL READ COMMITTED; SELECT ${NOW} AS now, ${SESSION_MARK} AS mark`

function beginWork(schema: string): string {
  return `${BEGIN}, pg_advisory_xact_lock_shared(${workLock(schema)})`
}

/**
 * Lets a transaction go on once no other works on the schema. Waiting holds up all later transactions, so it is short:
 * senders wait for an answer. Throws if that is not enough (`isLockedOut`). Must be the first lock.
 */
export async function waitUntilAlone(transaction: Session, schema: string): Promise<void> {
  await transaction.run(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`)
  await transaction.run(`SELECT pg_advisory_xact_lock(${workLock(schema)})`)
}

/** The key of the lock that work on a schema shares, as SQL text. */
function workLock(schema: string): string {
  return `hashtextextended('hookline works on ${schema.replaceAll("'", "''")}', 0)`
}

async function begin(client: PoolClient, opening: string): Promise<number> {
  const results: unknown = await client.query(opening)
  const [, { rows }] = results as [unknown, { rows: readonly Row[] }]
  checkMark(client, rows[0]?.['mark'])
  return rows[0]?.['now'] as number
}

// Set by statements, since PgBouncer refuses connection parameters that it does not know.
function setUp({ schema, statementTimeoutSeconds }: DatabaseSettings): string {
  const limitMs = Math.ceil(statementTimeoutSeconds * 1000)
  return `
    SET search_path = ${quoted(schema)};
    SET statement_timeout = ${limitMs};
    SET lock_timeout = ${limitMs};
    SET idle_in_transaction_session_timeout = ${limitMs};
    SET hookline.notes = 'on';
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`
}

/** A name as SQL text. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
