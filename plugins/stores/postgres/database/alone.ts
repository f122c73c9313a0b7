import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, waitUntilAlone } from './database.ts'
import { isLockedOut } from './fault.ts'

/** Each try holds up all work for half a second at most. */
const MAX_TRIES = 10
const BETWEEN_TRIES_MS = 500

/** Like `transact`, for what must see the end of all work that has begun, and be seen by all that begins later. */
export function transactAlone(database: Database, schema: string): Database['transact'] {
  return async (body) => {
    for (let tries = 1; ; tries++) {
      try {
        return await database.transact(async (transaction) => {
          await waitUntilAlone(transaction, schema)
          return body(transaction)
        }, 'alone')
      } catch (error) {
        if (!isLockedOut(error) || tries === MAX_TRIES) throw error
        await sleep(BETWEEN_TRIES_MS)
      }
    }
  }
}
