import {
  findFirstEvents,
  originalOf,
  toKnownEvents,
} from '../../../../core/sdk/store/duplicates.ts'
import { REFUSED_KEPT, REFUSED_PER_TRIM } from '../../../../core/sdk/store/pruning.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { Handlers, PackedDelivery, PackedEvent } from '../batch/messages.ts'
import { prepareInserts } from './insert.ts'

const NO_BODY = new Uint8Array(0)

// Ids that sort after all others, so that it goes where the next delivery would.
const PING_DELIVERY: PackedDelivery = [
  'dlv_~',
  'ping',
  0,
  'POST',
  '/',
  '{}',
  null,
  'accepted',
  null,
  null,
  null,
]
const PING_EVENT: PackedEvent = [
  'evt_~',
  'ping',
  null,
  '{}',
  '[]',
  '{}',
  [['tsk_~', 'ping', 'ping', 0, null, 0, 'none', null]],
]
const PING =
  'INSERT INTO pings (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at'
const TRIM_REFUSED = `
  DELETE FROM deliveries WHERE outcome = 'refused' AND id <= (
    SELECT id FROM deliveries WHERE outcome = 'refused' ORDER BY id DESC LIMIT 1 OFFSET ${REFUSED_KEPT}
  )`

/** Accepted and refused deliveries, and the ping. */
export function createAcceptHandlers(
  context: HandlerContext,
): Handlers<'accept' | 'refuse' | 'ping'> {
  const { database } = context
  const inserts = prepareInserts(context)
  const ping = database.prepare(PING)
  const trimRefused = database.prepare(TRIM_REFUSED)
  let refusedSinceTrim = REFUSED_PER_TRIM

  const handlers: Handlers<'accept' | 'refuse' | 'ping'> = {
    accept([delivery, events, now], body) {
      const [deliveryId, source] = delivery
      const known = findFirstEvents(events, {
        keyOf: ([, , senderId]) => senderId?.toWellFormed() ?? null,
        find: (senderId) => inserts.firstEvent(source, senderId),
        toFirst: ([id]) => ({ id, deliveryId }),
      })
      const originalId = originalOf(known)
      if (originalId === null) inserts.delivery(delivery, body)
      else inserts.delivery(asDuplicate(delivery, originalId), NO_BODY)
      for (const [position, event] of events.entries()) {
        if (known === null || known[position] === null) {
          inserts.event({ delivery, event, position, now })
        }
      }
      return toKnownEvents(known, inserts.tasksOf)
    },

    refuse([delivery], body) {
      inserts.delivery(delivery, body)
      refusedSinceTrim += 1
      if (refusedSinceTrim >= REFUSED_PER_TRIM) {
        trimRefused.run()
        refusedSinceTrim = 0
      }
      return null
    },

    // Shows that a delivery could be taken: takes one, and takes that back.
    ping([now]) {
      database.prepare('SAVEPOINT ping').run()
      handlers.accept([PING_DELIVERY, [PING_EVENT], now], NO_BODY)
      database.prepare('ROLLBACK TO ping').run()
      database.prepare('RELEASE ping').run()
      ping.run(now)
      return null
    },
  }
  return handlers
}

function asDuplicate(delivery: PackedDelivery, originalId: string): PackedDelivery {
  const [id, source, receivedAt, method, path, headers, client, , reason, , recovered] = delivery
  const head = [id, source, receivedAt, method, path, headers, client] as const
  return [...head, 'duplicate', reason, originalId, recovered]
}
