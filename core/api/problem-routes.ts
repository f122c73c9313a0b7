import { Hono } from 'hono'
import { ERRORS, HooklineError } from '../errors/errors.ts'
import type { HttpTypes } from './services.ts'

const ENTRIES = new Map(Object.entries(ERRORS))

/** `/problems/{code}`: what the `type` of a problem refers to. Public, and the same for every service. */
export function problemRoutes(): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  routes.get('/:code', (context) => {
    const code = context.req.param('code')
    const entry = ENTRIES.get(code)
    if (entry === undefined) throw new HooklineError('not_found', 'There is no such error code')
    return context.text(`${code}: ${entry.title}.\n\n${entry.remedy}\n`)
  })
  return routes
}
