import { Hono } from 'hono'
import { z } from 'zod'
import { given, readQuery } from './query.ts'
import type { AppServices, HttpTypes } from './services.ts'

export const auditQuery = z.strictObject({
  after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  tail: z.enum(['true', 'false']).optional(),
})

/** `/api/audit`: who did what. For admins. Entries are given as they were hashed, times in milliseconds. */
export function auditRoutes({ store }: AppServices): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  routes.get('/', async (context) => {
    const { tail, ...page } = readQuery(auditQuery, context.req.query())
    const isTail = tail === 'true'
    const entries = await store.auditEntries(given({ ...page, tail: isTail || undefined }))
    const isFull = !isTail && entries.length === page.limit
    return context.json({ entries, next: isFull ? (entries.at(-1)?.sequence ?? null) : null })
  })
  return routes
}
