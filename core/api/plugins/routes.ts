import { Hono } from 'hono'
import { allDefinitions } from '../../config/modules/built-in.ts'
import type { RunningConfig } from '../../contracts/config.ts'
import { rememberLast } from '../remember-last.ts'
import type { AppServices, HttpTypes } from '../services.ts'
import { pluginView } from './views.ts'

/** `/api/plugins`: lists the plugins that a config can use. */
export function pluginRoutes({ config }: AppServices): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  const viewsOf = rememberLast(async (current: RunningConfig) => {
    const { managed } = current.settings
    return (await allDefinitions(current)).map((definition) => pluginView(definition, managed))
  })
  routes.get('/', async (context) => context.json({ plugins: await viewsOf(config()) }))
  return routes
}
