import { Hono } from 'hono'
import type { AppServices, HttpTypes } from '../services.ts'
import { openApiDocument } from './document.ts'

/** `/api/openapi.json`: what the API can be asked. */
export function openApiRoutes({ config }: AppServices): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  routes.get('/', (context) => context.json(openApiDocument(config().settings.publicUrl)))
  return routes
}
