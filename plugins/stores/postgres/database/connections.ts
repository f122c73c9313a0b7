import type { Pool, PoolClient, PoolConfig } from 'pg'
import { loadPg } from './pg.ts'

/** The connections of a node, of limited number. */
export interface Connections {
  take(): Promise<PoolClient>
  /**
   * Gives a connection back, or closes it if it is broken. Then no other connection of before is used again: all of them
   * may lead to a server that is gone, or is the primary no more.
   */
  giveBack(client: PoolClient, broken: boolean): void
  close(): Promise<void>
}

interface ConnectionsSettings extends Omit<PoolConfig, 'onConnect'> {
  /** Prepares a new connection. */
  readonly prepare: (client: PoolClient) => Promise<void>
  /** Told of a connection that breaks while nobody uses it. */
  readonly onLost: (error: Error) => void
}

export function createConnections(settings: ConnectionsSettings): Connections {
  const { prepare, onLost, ...options } = settings
  const { Pool } = loadPg()
  /** Counts the faults: a connection is of the time between two of them. */
  let faults = 0
  const begun = new WeakMap<object, number>()
  const pool: Pool = new Pool({
    ...options,
    onConnect: async (client) => {
      begun.set(client, faults)
      await prepare(client as PoolClient)
    },
  })
  // The next statement opens another.
  pool.on('error', onLost)
  return {
    async take() {
      for (;;) {
        const client = await pool.connect()
        if (begun.get(client) === faults) return client
        client.release(true)
      }
    },
    giveBack(client, broken) {
      if (broken && begun.get(client) === faults) faults++
      client.release(broken)
    },
    close: () => pool.end(),
  }
}
