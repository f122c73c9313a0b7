import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2Bindings, HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import { HooklineError } from '../../errors/errors.ts'
import { internalError } from './answer-errors.ts'
import { normalHost } from './host-header.ts'
import type { HttpTypes } from './types.ts'

type Handle = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown

/**
 * Hands requests with a valid Host to an app. One that no URL can be made of, since its target is not valid, goes to
 * `onFault` as `http_malformed`.
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
    // The listener makes a URL of the host and refuses some valid forms, while the app gets what was sent.
    const sentHosts = new WeakMap<object, string>()
    const fetch = (request: Request, env: HttpBindings | Http2Bindings) => {
      const host = sentHosts.get(env.incoming)
      if (host !== undefined) env.incoming.headers.host = host
      return app.fetch(request, env)
    }
    const listener = getRequestListener(fetch, {
      overrideGlobalObjects: true,
      // HTTP/1.0 has no Host, and the app needs one to make a URL.
      hostname: 'localhost',
      errorHandler: (error) => {
        if (error instanceof RequestError) throw error
        return new Response(null, { status: 500 })
      },
    })
    handle ??= (incoming, outgoing) => {
      const { host } = incoming.headers
      if (host) {
        incoming.headers.host = normalHost(host)
        sentHosts.set(incoming, host)
      }
      return listener(incoming, outgoing).catch((error: Error) => {
        const message = `The target of the request is not valid (${error.message})`
        const fault = new HooklineError('http_malformed', message)
        onFault(fault, incoming, outgoing)
      })
    }
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
