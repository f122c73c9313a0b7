import { Hono } from 'hono'
import type { TunnelInstance } from '../../contracts/tunnel.ts'
import { HooklineError } from '../../errors/errors.ts'
import { tunnelClient } from '../../receive/client-address.ts'
import { answerProblem } from '../http/problem.ts'
import type { HttpTypes } from '../services.ts'

/** All that the internet may reach, whatever the tunnel lets through. */
const PUBLIC_PATHS = ['/api/webhooks/*', '/healthz']

/**
 * What the listener of a tunnel serves: webhooks and the health check of the app, and nothing else of it. The address of
 * the sender is the one in `clientHeader`, which is believed here because only the tunnel reaches this listener.
 */
export function listenerApp(
  app: Hono<HttpTypes>,
  clientHeader: TunnelInstance['clientHeader'],
): Hono<HttpTypes> {
  const outer = new Hono<HttpTypes>()
  outer.on('ALL', PUBLIC_PATHS, (context) => {
    const header = clientHeader === undefined ? undefined : context.req.header(clientHeader)
    return app.fetch(context.req.raw, { ...context.env, tunnelClient: tunnelClient(header) })
  })
  outer.notFound((context) =>
    answerProblem(context, new HooklineError('not_found', 'Only webhooks are at this address')),
  )
  return outer
}
