import { randomUUID } from 'node:crypto'
import type { ClientBase } from 'pg'
import { HooklineError } from '../../../../core/sdk/store.ts'

/** The mark of a session as SQL text; null if it has none. */
export const SESSION_MARK = "current_setting('hookline.session', true)"

const marks = new WeakMap<ClientBase, string>()

/** SQL that marks the session of a connection as that connection's own. */
export function mark(client: ClientBase): string {
  const value = randomUUID()
  marks.set(client, value)
  return `SET hookline.session = '${value}'`
}

/**
 * Throws if a connection has another session than before: some poolers give each transaction the next free session. The
 * schema, the limits and the prepared statements of that session are not this connection's.
 */
export function checkMark(client: ClientBase, found: unknown): void {
  if (found === marks.get(client)) return
  throw new HooklineError(
    'store_unavailable',
    'The database is reached through a pooler that changes sessions between transactions.',
    { remedy: 'Set `pool_mode = session` in PgBouncer, or connect to the database itself.' },
  )
}
