import { Hono } from 'hono'
import type { HttpTypes } from '../services.ts'

/** `/api/openapi.json`: the API as OpenAPI 3.1. */
export function openApiRoutes(): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  let text: Promise<string> | null = null
  // Loaded when it is asked for: its schemas take long.
  const write = async () => JSON.stringify((await import('./document.ts')).openApiDocument())
  routes.get('/', async (context) => {
    text ??= write()
    return context.body(await text, 200, { 'Content-Type': 'application/json' })
  })
  return routes
}
