import { Hono } from 'hono'
import type { RunningConfig } from '../../contracts/config.ts'
import type { TunnelInstance } from '../../contracts/tunnel.ts'
import { HooklineError } from '../../errors/errors.ts'
import { tunnelClient } from '../../receive/client-address.ts'
import { answerProblem } from '../http/problem.ts'
import type { HttpTypes } from '../services.ts'
import { isWebhookPath } from '../webhooks/source-paths.ts'

/** All that the internet may reach beside webhooks, whatever the tunnel lets through. */
const HEALTH = '/healthz'

/**
 * What the listener of a tunnel serves: webhooks and the health check of the app, and nothing else of it. The address of
 * the sender is the one in `clientHeader`, which is believed here because only the tunnel reaches this listener.
 */
export function listenerApp(
  app: Hono<HttpTypes>,
  clientHeader: TunnelInstance['clientHeader'],
  config: () => RunningConfig,
): Hono<HttpTypes> {
  const outer = new Hono<HttpTypes>()
  outer.all('*', (context) => {
    const { path } = context.req
    if (path !== HEALTH && !isWebhookPath(config(), path)) throw onlyWebhooks()
    const header = clientHeader === undefined ? undefined : context.req.header(clientHeader)
    return app.fetch(context.req.raw, { ...context.env, tunnelClient: tunnelClient(header) })
  })
  outer.onError((error, context) => answerProblem(context, error))
  return outer
}

function onlyWebhooks(): HooklineError {
  return new HooklineError('not_found', 'Only webhooks are at this address')
}
