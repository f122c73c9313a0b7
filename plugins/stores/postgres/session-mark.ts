import { randomUUID } from 'node:crypto'
import type { ClientBase } from 'pg'
import { HooklineError } from '../../../core/index.ts'

/** What a session was marked with, as SQL text; null where it was not. */
export const SESSION_MARK = "current_setting('hookline.session', true)"

const marks = new WeakMap<ClientBase, string>()

/** SQL that marks the session of a connection as that connection's own. */
export function mark(client: ClientBase): string {
  const value = randomUUID()
  marks.set(client, value)
  return `SET hookline.session = '${value}'`
}

/**
 * Throws where a connection has come to another session: a pooler gives each transaction the next that is free. There
 * the schema, the limits and the prepared statements are somebody else's, or nobody's.
 */
export function checkMark(client: ClientBase, found: unknown): void {
  if (found === marks.get(client)) return
  throw new HooklineError(
    'store_unavailable',
    'The database is reached through a pooler that changes sessions between transactions.',
    { remedy: 'Set `pool_mode = session` in PgBouncer, or connect to the database itself.' },
  )
}
