import type { Context, Hono } from 'hono'
import type { HttpTypes } from './types.ts'

type App = Pick<Hono<HttpTypes>, 'fetch'>

/**
 * Hands requests to an app that is loaded with the first of them. A load that fails, as for want of file descriptors, is
 * tried again with the next request.
 */
export function lazyApp(load: () => Promise<App>) {
  let loaded: Promise<App> | null = null
  const open = async () => {
    try {
      return await load()
    } catch (error) {
      loaded = null
      throw error
    }
  }
  return async (context: Context<HttpTypes>): Promise<Response> => {
    loaded ??= open()
    return (await loaded).fetch(context.req.raw, context.env)
  }
}
