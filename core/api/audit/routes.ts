import { Hono } from 'hono'
import { z } from 'zod'
import type { AuditEntry, AuditStore } from '../../contracts/document.ts'
import { given, readQuery } from '../http/query.ts'
import { wholeNumber } from '../http/whole-number.ts'
import type { AppServices, HttpTypes } from '../services.ts'

const sequence = wholeNumber(0)
const word = z.string().min(1).max(200)

export const auditQuery = z.strictObject({
  after: sequence.optional(),
  limit: wholeNumber(1, 1000).default(100),
  tail: z.enum(['true', 'false']).optional().describe('The newest entries instead.'),
  before: sequence.optional().describe('With `tail`: the newest entries before this one.'),
  actor: word.optional().describe('With `tail`: entries of this actor only.'),
  action: word.optional().describe('With `tail`: entries whose action begins with this.'),
  target: word.optional().describe('With `tail`: entries whose target contains this.'),
})

type AuditQuery = z.output<typeof auditQuery>

const CHUNK = 1000
/** Entries that one call with a filter looks at. */
const MAX_LOOKED_AT = 10_000

/** `/api/audit`: lists the audit log. For admins. Entries are shown exactly as they were hashed. */
export function auditRoutes({ store }: AppServices): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  routes.get('/', async (context) => {
    const query = readQuery(auditQuery, context.req.query())
    if (query.tail === 'true') return context.json(await newestEntries(store, query))
    const { after, limit } = query
    const entries = await store.auditEntries(given({ after, limit }))
    const isFull = entries.length === limit
    return context.json({ entries, next: isFull ? (entries.at(-1)?.sequence ?? null) : null })
  })
  return routes
}

/**
 * The newest entries within the filters, in order. `next` is for `before`: there may be older ones. A call with a filter
 * looks at a limited number of entries, so it may find fewer than asked for although there are more.
 */
async function newestEntries(
  store: AuditStore,
  { before, limit, actor, action, target }: AuditQuery,
) {
  const filter = { actor, action, target }
  const found: AuditEntry[] = []
  const size = Object.values(filter).some((value) => value !== undefined) ? CHUNK : limit
  let end = before ?? Number.MAX_SAFE_INTEGER
  for (let looked = 0; looked < MAX_LOOKED_AT && found.length < limit && end > 1; ) {
    const chunk = await entriesBefore(store, end, size)
    if (chunk.length === 0) end = 1
    for (const entry of chunk.toReversed()) {
      if (found.length === limit) break
      end = entry.sequence
      looked++
      if (isWithin(entry, filter)) found.push(entry)
    }
  }
  return { entries: found.toReversed(), next: end > 1 ? end : null }
}

async function entriesBefore(
  store: AuditStore,
  end: number,
  size: number,
): Promise<readonly AuditEntry[]> {
  if (end === Number.MAX_SAFE_INTEGER) return store.auditEntries({ limit: size, tail: true })
  // The sequence has no gaps.
  const after = Math.max(0, end - 1 - size)
  const entries = await store.auditEntries({ after, limit: size })
  return entries.filter((entry) => entry.sequence < end)
}

function isWithin(
  entry: AuditEntry,
  { actor, action, target }: Pick<AuditQuery, 'actor' | 'action' | 'target'>,
): boolean {
  return (
    (actor === undefined || entry.actor === actor) &&
    (action === undefined || entry.action.startsWith(action)) &&
    (target === undefined || entry.target.toLowerCase().includes(target.toLowerCase()))
  )
}
