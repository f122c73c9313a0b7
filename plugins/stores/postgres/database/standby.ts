import type { ClientBase } from 'pg'
import { unavailable } from './fault.ts'

/** Function of Postgres that waits until a standby has the commit. Other than the message, it is not translated. */
const WAITS_FOR_STANDBY = 'SyncRepWaitForLSN'

const unconfirmed = new WeakSet<ClientBase>()

/**
 * Notes when Postgres gives up waiting for a standby (at a time limit, or because somebody cancelled the wait). The
 * commit then ends with a mere warning, although only the primary has it.
 * https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION-HA
 */
export function noteUnconfirmed(client: ClientBase): void {
  client.on('notice', ({ routine }) => {
    if (routine === WAITS_FOR_STANDBY) unconfirmed.add(client)
  })
}

/** Throws `store_unavailable` if no standby has confirmed a commit of the connection, which must not be used again. */
export function checkConfirmed(client: ClientBase): void {
  if (unconfirmed.has(client)) throw unavailable('No standby has confirmed the commit in time.')
}
