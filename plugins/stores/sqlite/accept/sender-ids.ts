import type { FirstEvent } from '../../../../core/sdk/store.ts'
import type { SqliteDatabase } from '../database/database.ts'

/** So many new ids are kept in memory before they are moved: about 3 MiB. */
const GATHERED = 16_384
/** Ids that are moved with each new one, so that all have been before as many are new again. */
const MOVED_WITH_EACH = 4

const EVENT =
  'SELECT id, delivery_id FROM events WHERE delivery_id = ? AND source = ? AND sender_id = ?'
const MOVED = 'SELECT delivery_id FROM sender_ids WHERE source = ? AND sender_id = ?'
const NOTE = 'INSERT INTO new_sender_ids (source, sender_id, delivery_id) VALUES (?, ?, ?)'
const NOTED = 'SELECT source, sender_id, delivery_id FROM new_sender_ids ORDER BY number'
const LAST_NOTED = 'SELECT max(number) AS number FROM new_sender_ids'
const MOVE = 'INSERT OR REPLACE INTO sender_ids (source, sender_id, delivery_id) VALUES (?, ?, ?)'
const FORGET_NOTED = 'DELETE FROM new_sender_ids WHERE number <= ?'
const OF_DELIVERY =
  'SELECT source, sender_id FROM events WHERE delivery_id = ? AND sender_id IS NOT NULL'
const REMOVE = 'DELETE FROM sender_ids WHERE source = ? AND sender_id = ? AND delivery_id = ?'

export type SenderIds = ReturnType<typeof prepareSenderIds>

/**
 * The first event with each id of a sender. Most senders give random ids, so an index of them would be written at another
 * page for each event. New ids are therefore only noted, one after the other, and looked up in memory. Once there are
 * many, they are moved to the index in its order, a few with each new one: neighbours then share a page.
 */
export function prepareSenderIds(database: SqliteDatabase, gathered = GATHERED) {
  const event = database.prepare(EVENT)
  const moved = database.prepare(MOVED)
  const note = database.prepare(NOTE)
  const noted = database.prepare(NOTED)
  const lastNoted = database.prepare(LAST_NOTED)
  const move = database.prepare(MOVE)
  const forgetNoted = database.prepare(FORGET_NOTED)
  const ofDelivery = database.prepare(OF_DELIVERY)
  const remove = database.prepare(REMOVE)
  /** By key: the delivery. All that is noted and not moved. */
  const recent = new Map<string, string>()
  /** The keys that are moved, the first one last, and the last note of them. */
  let moving: string[] = []
  let lastMoving = 0
  let undone: number | null = null

  // What a rollback undid is in memory still, so it is read again.
  const follow = (): void => {
    if (undone === database.undone) return
    undone = database.undone
    recent.clear()
    moving = []
    for (const row of noted.iterate()) {
      recent.set(keyOf(row['source'], row['sender_id']), row['delivery_id'] as string)
    }
  }
  const moveSome = (): void => {
    if (moving.length === 0) {
      if (recent.size < gathered) return
      moving = [...recent.keys()].sort().reverse()
      lastMoving = Number(lastNoted.get()?.['number'])
    }
    for (const key of moving.splice(-MOVED_WITH_EACH).reverse()) {
      const deliveryId = recent.get(key)
      if (deliveryId === undefined) continue
      const end = key.indexOf('\n')
      move.run(key.slice(0, end), key.slice(end + 1), deliveryId)
      recent.delete(key)
    }
    if (moving.length === 0) forgetNoted.run(lastMoving)
  }
  const eventOf = (deliveryId: unknown, source: string, senderId: string): FirstEvent | null => {
    if (typeof deliveryId !== 'string') return null
    const row = event.get(deliveryId, source, senderId)
    return row === undefined ? null : { id: row['id'] as string, deliveryId }
  }

  return {
    /** The ids must be well-formed text. */
    find(source: string, senderId: string): FirstEvent | null {
      follow()
      return (
        eventOf(recent.get(keyOf(source, senderId)), source, senderId) ??
        eventOf(moved.get(source, senderId)?.['delivery_id'], source, senderId)
      )
    },
    /** Keeps an id that `find` does not have. */
    add(source: string, senderId: string, deliveryId: string): void {
      follow()
      note.run(source, senderId, deliveryId)
      recent.set(keyOf(source, senderId), deliveryId)
      moveSome()
    },
    /** Forgets the ids of a delivery that is about to be deleted. */
    forget(deliveryId: string): void {
      follow()
      for (const row of ofDelivery.all(deliveryId)) {
        const [source, senderId] = [row['source'] as string, row['sender_id'] as string]
        const key = keyOf(source, senderId)
        if (recent.get(key) === deliveryId) recent.delete(key)
        remove.run(source, senderId, deliveryId)
      }
    },
  }
}

// No name of a source has a line break.
function keyOf(source: unknown, senderId: unknown): string {
  return `${source}\n${senderId}`
}
