import { Hono } from 'hono'
import { rememberLast } from '../remember-last.ts'
import type { AppServices, HttpTypes } from '../services.ts'

/** `/api/openapi.json`: the API as OpenAPI 3.1. */
export function openApiRoutes({ config }: AppServices): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  // Loaded when it is asked for: its schemas take long.
  const documentOf = rememberLast(async (publicUrl: string) =>
    (await import('./document.ts')).openApiDocument(publicUrl),
  )
  routes.get('/', async (context) => context.json(await documentOf(config().settings.publicUrl)))
  return routes
}
