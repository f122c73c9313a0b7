import type { HandlerContext } from './context.ts'
import { type FirstEvent, prepareInserts } from './inserts.ts'
import type { Handlers, PackedDelivery, PackedEvent } from './messages.ts'

const REFUSED_KEPT = 10_000
/** Refused deliveries between two trims, so that not each pays for one. */
const TRIM_EVERY = 250
const NO_BODY = new Uint8Array(0)

const PING =
  'INSERT INTO pings (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at'
const TRIM_REFUSED = `
  DELETE FROM deliveries WHERE outcome = 'refused' AND id <= (
    SELECT id FROM deliveries WHERE outcome = 'refused' ORDER BY id DESC LIMIT 1 OFFSET ${REFUSED_KEPT}
  )`

/** Deliveries coming in, and the ping. */
export function createAcceptHandlers(
  context: HandlerContext,
): Handlers<'accept' | 'refuse' | 'ping'> {
  const { database } = context
  const inserts = prepareInserts(context)
  const ping = database.prepare(PING)
  const trimRefused = database.prepare(TRIM_REFUSED)
  let refusedSinceTrim = TRIM_EVERY

  return {
    accept([delivery, events, now], body) {
      const known = findKnown({ delivery, events, find: inserts.firstEvent })
      const originalId = known?.every((first) => first !== null) ? known[0]?.deliveryId : undefined
      if (originalId === undefined) inserts.delivery(delivery, body)
      else inserts.delivery(asDuplicate(delivery, originalId), NO_BODY)
      for (const [position, event] of events.entries()) {
        if (known === null || known[position] === null) {
          inserts.event({ delivery, event, position, now })
        }
      }
      if (known === null) return null
      return {
        originalId: originalId ?? null,
        events: known.map((first) => first && { id: first.id, tasks: inserts.tasksOf(first) }),
      }
    },

    refuse([delivery], body) {
      inserts.delivery(delivery, body)
      refusedSinceTrim += 1
      if (refusedSinceTrim >= TRIM_EVERY) {
        trimRefused.run()
        refusedSinceTrim = 0
      }
      return null
    },

    ping([now]) {
      ping.run(now)
      return null
    },
  }
}

interface Search {
  readonly delivery: PackedDelivery
  readonly events: readonly PackedEvent[]
  readonly find: (source: string, senderId: string) => FirstEvent | null
}

// Per event the one that came before it; null in place of the list where all are new. Two events of one delivery can
// carry the same id too: the second then repeats the first.
function findKnown({ delivery, events, find }: Search): readonly (FirstEvent | null)[] | null {
  const inDelivery = events.length > 1 ? new Map<string, FirstEvent>() : null
  let anyKnown = false
  const known = events.map(([id, , senderId]) => {
    if (senderId === null) return null
    const first = inDelivery?.get(senderId) ?? find(delivery[1], senderId)
    if (first === null) inDelivery?.set(senderId, { id, deliveryId: delivery[0] })
    else anyKnown = true
    return first
  })
  return anyKnown ? known : null
}

function asDuplicate(delivery: PackedDelivery, originalId: string): PackedDelivery {
  const [id, source, receivedAt, method, path, headers, client, , reason] = delivery
  return [id, source, receivedAt, method, path, headers, client, 'duplicate', reason, originalId]
}
