import { execFileSync } from 'node:child_process'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makePostgres, type OwnPostgres, postgresIn, query } from './server.ts'

const START_MS = 30_000
/** In `pg_hba.conf`: whoever checks the servers may ask without a password, and has no rights. */
const CHECKER = 'host postgres hookline_check 127.0.0.1/32 trust'

/** A primary that answers for a commit once its standby has it. */
export interface PostgresPair {
  readonly primary: OwnPostgres
  readonly standby: OwnPostgres
  /** Makes a primary of the standby. It has no standby itself. */
  promote(): Promise<void>
  dispose(): Promise<void>
}

export async function startPair(): Promise<PostgresPair> {
  const primary = await makePostgres()
  const hba = join(primary.folder, 'pg_hba.conf')
  await writeFile(hba, `${CHECKER}\n${await readFile(hba, 'utf8')}`)
  // A server that has never run is copied as it is.
  const folder = `${primary.folder}-standby`
  execFileSync('cp', ['-a', primary.folder, folder])
  await appendFile(join(primary.folder, 'postgresql.conf'), "synchronous_standby_names = 'b'\n")
  const { hostname, port, username, password } = new URL(primary.url)
  const source = `host=${hostname} port=${port} user=${username} password=${password}`
  await appendFile(
    join(folder, 'postgresql.conf'),
    `cluster_name = 'b'\nprimary_conninfo = '${source}'\n`,
  )
  // Only that it is there counts, and whose it is.
  execFileSync('cp', ['-a', join(folder, 'PG_VERSION'), join(folder, 'standby.signal')])
  const { server: standby } = await postgresIn(folder)
  await primary.start()
  // It resolves only when it takes writes, after a promotion.
  standby.start().catch(() => {})
  await follows(primary.url)
  await query(primary.url, 'CREATE ROLE hookline_check LOGIN')
  return {
    primary,
    standby,
    async promote() {
      await query(standby.url, 'SELECT pg_promote()')
    },
    async dispose() {
      // One of them may have been stopped by a signal.
      await Promise.all([primary.kill(), standby.kill()])
      await Promise.all([primary.dispose(), standby.dispose()])
    },
  }
}

async function follows(url: string): Promise<void> {
  const state = 'SELECT sync_state FROM pg_stat_replication'
  for (const begun = performance.now(); ; await sleep(50)) {
    const [standby] = await query(url, state)
    if (standby?.['sync_state'] === 'sync') return
    if (performance.now() - begun > START_MS) throw new Error('the standby does not follow')
  }
}
