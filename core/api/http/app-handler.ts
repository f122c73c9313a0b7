import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Hono } from 'hono'
import { HooklineError } from '../../errors/errors.ts'
import { internalError } from './answer-errors.ts'
import type { HttpTypes } from './types.ts'

type Handle = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown

/**
 * Hands requests to an app. One that no URL can be made of, since its target or its Host is not valid, goes to `onFault`
 * as `http_malformed`.
 *
 * What makes web requests of them is loaded with the first one: with it, Node.js loads its `fetch`, HTTP/2 and TLS, which
 * take 40 ms and 15 MB.
 *
 * @param onFault Called with that, or with `internal` if the app cannot be loaded, since its files are gone.
 */
export function appHandler(
  app: Pick<Hono<HttpTypes>, 'fetch'>,
  onFault: (error: HooklineError, incoming: IncomingMessage, outgoing: ServerResponse) => void,
): Handle {
  let handle: Handle | null = null
  const load = async () => {
    const { getRequestListener, RequestError } = await import('@hono/node-server')
    const listener = getRequestListener(app.fetch, {
      overrideGlobalObjects: true,
      // HTTP/1.0 has no Host, and the app needs one to make a URL.
      hostname: 'localhost',
      errorHandler: (error) => {
        if (error instanceof RequestError) throw error
        return new Response(null, { status: 500 })
      },
    })
    handle ??= (incoming, outgoing) =>
      listener(incoming, outgoing).catch((error: Error) => {
        const message = `The target or the Host of the request is not valid (${error.message})`
        const fault = new HooklineError('http_malformed', message)
        onFault(fault, incoming, outgoing)
      })
    return handle
  }
  return (incoming, outgoing) => {
    if (handle !== null) return handle(incoming, outgoing)
    return load().then(
      (loaded) => loaded(incoming, outgoing),
      (error: unknown) => onFault(internalError(error), incoming, outgoing),
    )
  }
}
