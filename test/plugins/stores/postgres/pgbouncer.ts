import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, query } from './server.ts'

const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin`
const START_MS = 10_000

/** A real PgBouncer before a Postgres. */
export interface PgBouncer {
  readonly url: string
  /** Ends its process, and starts it at the same port in another mode. */
  restart(mode: PoolMode): Promise<void>
  dispose(): Promise<void>
}

export type PoolMode = 'session' | 'transaction'

interface PgBouncerOptions {
  readonly mode: PoolMode
  /** Connections to the server at most. */
  readonly poolSize: number
}

export async function startPgBouncer(
  serverUrl: string,
  { mode, poolSize }: PgBouncerOptions,
): Promise<PgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-pgbouncer-'))
  const port = await freePort()
  const url = new URL(serverUrl)
  url.host = `127.0.0.1:${port}`
  const start = async (poolMode: PoolMode): Promise<ChildProcess> => {
    const file = join(folder, 'pgbouncer.ini')
    await writeFile(file, iniFile(serverUrl, { port, poolMode, poolSize }))
    // It does not run as root, and reads its file as whom it becomes.
    await chmod(folder, 0o755)
    const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
    const child = spawn('pgbouncer', ['-q', ...user, file], { env: { PATH }, stdio: 'ignore' })
    await untilReady(url.href, child)
    return child
  }
  let running = await start(mode)
  return {
    url: url.href,
    async restart(poolMode) {
      await end(running)
      running = await start(poolMode)
    },
    async dispose() {
      await end(running)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface IniFields {
  readonly port: number
  readonly poolMode: PoolMode
  readonly poolSize: number
}

// https://www.pgbouncer.org/config.html
function iniFile(serverUrl: string, { port, poolMode, poolSize }: IniFields): string {
  const { hostname, port: serverPort, username, password, pathname } = new URL(serverUrl)
  const name = pathname.slice(1)
  return `
[databases]
${name} = host=${hostname} port=${serverPort || 5432} dbname=${name} user=${username} password=${decodeURIComponent(password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${poolMode}
default_pool_size = ${poolSize}
max_client_conn = 500
`
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (const begun = performance.now(); ; await sleep(50)) {
    try {
      await query(url, 'SELECT 1')
      return
    } catch (error) {
      if (child.exitCode !== null || performance.now() - begun > START_MS) throw error
    }
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
