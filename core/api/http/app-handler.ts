import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Hono } from 'hono'
import type { HttpTypes } from './types.ts'

type Handle = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown

/**
 * Hands requests to an app. What makes web requests of them is loaded with the first one: with it, Node.js loads its
 * `fetch`, HTTP/2 and TLS, which take 40 ms and 15 MB.
 *
 * @param onFault Called if it cannot be loaded, since its files are gone.
 */
export function appHandler(
  app: Pick<Hono<HttpTypes>, 'fetch'>,
  onFault: (error: unknown, incoming: IncomingMessage, outgoing: ServerResponse) => void,
): Handle {
  let handle: Handle | null = null
  const load = async () => {
    const { getRequestListener } = await import('@hono/node-server')
    // HTTP/1.0 has no Host, and the app needs one to make a URL.
    handle ??= getRequestListener(app.fetch, { overrideGlobalObjects: true, hostname: 'localhost' })
    return handle
  }
  return (incoming, outgoing) => {
    if (handle !== null) return handle(incoming, outgoing)
    return load().then(
      (loaded) => loaded(incoming, outgoing),
      (error: unknown) => onFault(error, incoming, outgoing),
    )
  }
}
