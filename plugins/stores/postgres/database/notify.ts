import type { StoreChange } from '../../../../core/sdk/store.ts'
import type { Session } from './database.ts'

/** A notification of Postgres has less than 8000 bytes. */
const MAX_BYTES = 7_000
const GATHER_MS = 10
/** Changes that wait to be sent to other nodes. Beyond, only changes that make them act are kept. */
const MAX_PENDING = 5_000
const NOTIFY = 'SELECT pg_notify($1, $2)'

/** Sends changes to the other nodes, on one channel for each schema. */
export interface Notifier {
  add(changes: readonly StoreChange[]): void
  /** Sends what is left. */
  close(): Promise<void>
}

interface NotifierSettings {
  readonly session: Session
  readonly channel: string
  /** Id of this instance, which ignores its own notifications. */
  readonly from: string
}

/**
 * Notifications are sent after the commit by a statement of their own, since commits that notify wait for one another
 * in Postgres. They may be lost with the node or the connection: every node looks for changes anyway, only later.
 */
export function createNotifier({ session, channel, from }: NotifierSettings): Notifier {
  const pending = new Map<string, StoreChange>()
  let sending: Promise<void> | null = null

  const send = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, GATHER_MS))
    while (pending.size > 0) {
      const payload = takePayload(pending, from)
      try {
        await session.run(NOTIFY, [channel, payload])
      } catch {
        pending.clear()
      }
    }
    sending = null
  }

  return {
    add(changes) {
      for (const change of changes) {
        if (change.kind === 'failed') continue
        const isDetail = change.kind === 'task' || change.kind === 'log'
        if (isDetail && pending.size >= MAX_PENDING) continue
        pending.set(JSON.stringify(change), change)
      }
      if (pending.size > 0) sending ??= send()
    },
    async close() {
      await sending
    },
  }
}

/** The changes of a notification; null if it is this instance's own or cannot be read. */
export function readNotification(payload: string, from: string): readonly StoreChange[] | null {
  try {
    const [sender, changes] = JSON.parse(payload) as [string, readonly StoreChange[]]
    return sender === from ? null : changes
  } catch {
    return null
  }
}

function takePayload(pending: Map<string, StoreChange>, from: string): string {
  const parts: string[] = []
  let bytes = 0
  for (const text of pending.keys()) {
    bytes += Buffer.byteLength(text) + 1
    if (parts.length > 0 && bytes > MAX_BYTES) break
    parts.push(text)
    pending.delete(text)
  }
  return `[${JSON.stringify(from)},[${parts.join(',')}]]`
}
