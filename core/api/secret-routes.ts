import { Hono } from 'hono'
import { z } from 'zod'
import type { KeyKeeper } from '../sealing/key-keeper.ts'
import { readQuery } from './http/query.ts'
import type { AppServices, HttpTypes } from './services.ts'

export const rotateQuery = z.strictObject({
  /** `true`: seals with the key in use, without a new one. */
  reseal: z.enum(['true', 'false']).default('false'),
})

/** `/api/secrets`: lists, rotates and forgets sealing keys, by id. The keys themselves are never shown. For admins. */
export function secretRoutes({ audit }: AppServices, keeper: KeyKeeper): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()

  routes.get('/', async (context) => context.json({ keys: await keeper.list() }))

  routes.post('/rotate', async (context) => {
    const { reseal } = readQuery(rotateQuery, context.req.query())
    const action = reseal === 'true' ? 'secrets.reseal' : 'secrets.rotate'
    const entry = audit.entry(context, { action, target: '' })
    const resealed = reseal === 'true' ? await keeper.reseal(entry) : await keeper.rotate(entry)
    return context.json(resealed)
  })

  routes.delete('/:id', async (context) => {
    const id = context.req.param('id')
    const entry = audit.entry(context, { action: 'secrets.forget', target: id })
    return context.json(await keeper.forget(id, entry))
  })
  return routes
}
