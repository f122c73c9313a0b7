import { Hono } from 'hono'
import { rememberLast } from '../../kit/remember-last.ts'
import type { AppServices, HttpTypes } from '../services.ts'
import { openApiDocument } from './document.ts'

/** `/api/openapi.json`: what the API can be asked. */
export function openApiRoutes({ config }: AppServices): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  const documentOf = rememberLast(openApiDocument)
  routes.get('/', (context) => context.json(documentOf(config().settings.publicUrl)))
  return routes
}
