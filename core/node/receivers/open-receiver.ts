import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { Hono } from 'hono'
import { readAdminToken } from '../../api/access/tokens/admin-token.ts'
import { answerErrors } from '../../api/http/answer-errors.ts'
import { maxConnections } from '../../api/http/connection-limit.ts'
import { BodyBudget, MAX_HELD_BYTES } from '../../api/http/read-body.ts'
import { RefusedRequests } from '../../api/http/refused-requests.ts'
import { listen } from '../../api/http/server.ts'
import type { HttpTypes } from '../../api/http/types.ts'
import { createAcceptWebhook } from '../../api/webhooks/accept-webhook.ts'
import { createDirect } from '../../api/webhooks/direct.ts'
import { createDeliver, webhookRoutes } from '../../api/webhooks/routes.ts'
import { sourceAtPath } from '../../api/webhooks/source-paths.ts'
import { loadConfig } from '../../config/load/load.ts'
import type { RunningConfig } from '../../contracts/config.ts'
import { BoundedLog } from '../../kit/bounded-log.ts'
import { SILENT_LOGGER } from '../../kit/silent-logger.ts'
import { Receiver } from '../../receive/receiver.ts'
import { allLearnedSecrets } from '../../redaction/learned-secrets.ts'
import { Redactor } from '../../redaction/redactor.ts'
import { NO_TRACER } from '../../tracing/no-tracer.ts'
import { openTracing } from '../../tracing/open-tracing.ts'
import { createLogger } from '../logger.ts'
import { createMainClient } from './main-client.ts'
import type { ConfigRevision, ReceiverStart } from './messages.ts'
import { passOn } from './pass-on.ts'

/** The socket of the main process in the folder of a node's sockets. */
export const MAIN_SOCKET = 'main.sock'

const GRACE_SECONDS = 5
/** Another way to write a path, such as with `%`, is left to the main process. */
const SOURCE_PATH = /^\/api\/webhooks\/([\w.-]+)\/?$/

/** What a receiving process has open. */
export interface OpenReceiver {
  readonly logger: ReturnType<typeof createLogger>
  /** Loads the config of another revision. Throws what `loadConfig` throws; then the previous one stays in force. */
  configure(revision: ConfigRevision): Promise<void>
  reachedAt(publicUrl: string): void
  /** Answers what is under way. */
  close(): Promise<void>
}

/** Opens what a receiving process needs: the config, its receiver, a server. The main process is at the end of `stream`. */
export async function openReceiver(start: ReceiverStart, stream: Duplex): Promise<OpenReceiver> {
  const { name, count, folder, pretty, logLevel, nodeName } = start
  const { env } = process
  const redactor = new Redactor()
  const logger = createLogger({ level: logLevel ?? 'info', pretty, redactor, process: name })
  let config = await load(start, start)
  const { settings } = config
  logger.level = logLevel ?? settings.logLevel
  const redact = () => {
    const { token, learned } = knownSecrets(config)
    redactor.add([token, ...config.secrets, ...learned])
    redactor.setPatterns(config.settings.redact)
  }
  redact()
  const tracing = await openTracing({ settings: settings.tracing, nodeName, env, logger })
  redactor.add(tracing?.secrets ?? [])
  const main = createMainClient(stream)
  const receiver = new Receiver({
    ...{ config, logger, store: main.store, ownEvents: main.ownEvents, meter: main.meter },
    tracer: tracing ?? NO_TRACER,
    clock: Date.now,
  })
  const stopping = new AbortController()
  const log = new BoundedLog(logger, stopping.signal)
  const refusedRequests = new RefusedRequests(log, main.meter)
  const app = new Hono<HttpTypes>()
  const budget = new BodyBudget(MAX_HELD_BYTES / count)
  const accept = createAcceptWebhook({ receiver, config: () => config }, budget)
  const deliver = createDeliver(accept, { config: () => config, answers: null })
  answerErrors(app, {
    ...{ config: () => config, refusedRequests },
    elsewhere(context) {
      const source = sourceAtPath(config, context.req.path)
      return source === undefined ? null : deliver(context, source)
    },
  })
  app.route('/api/webhooks', webhookRoutes(deliver))
  const socketPath = join(folder, MAIN_SOCKET)
  let isForReceiver = pathsOfReceiver(config)
  const direct = createDirect(accept, { config: () => config, refusedRequests })
  const intercept = (incoming: IncomingMessage, outgoing: ServerResponse): boolean => {
    if (isForReceiver(incoming.url ?? '')) return direct(incoming, outgoing)
    passOn(incoming, outgoing, { socketPath, refusedRequests })
    return true
  }
  const serving = {
    ...{ host: settings.host, port: settings.port, reusePort: true },
    ...{ requestSeconds: settings.limits.requestSeconds, refusedRequests, log, intercept },
    // What is passed on has another one.
    maxConnections: Math.ceil(maxConnections(0) / 2),
  }
  const server = await listen(app, serving)
  const use = (next: RunningConfig): void => {
    config = next
    isForReceiver = pathsOfReceiver(next)
    receiver.configure(next)
  }
  return {
    logger,
    async configure(revision) {
      use(await load(start, revision, config))
      redact()
    },
    reachedAt: (publicUrl) => use({ ...config, settings: { ...config.settings, publicUrl } }),
    async close() {
      await server.close(GRACE_SECONDS)
      stopping.abort()
      main.flush()
      await tracing?.close()
    },
  }
}

/** Loads the files that the main process has loaded. Faults and warnings are in its log already. */
async function load(
  { configFile, cwd, overrides, count }: ReceiverStart,
  { managed, publicUrl }: ConfigRevision,
  reuse?: RunningConfig,
): Promise<RunningConfig> {
  const config = await loadConfig({
    ...{ file: configFile, cwd, env: process.env, overrides, mode: 'run', managed, reuse },
    logger: SILENT_LOGGER,
    clock: Date.now,
  })
  const { settings } = config
  const maxConcurrentRequests = Math.ceil(settings.limits.maxConcurrentRequests / count)
  const limits = { ...settings.limits, maxConcurrentRequests }
  return { ...config, settings: { ...settings, publicUrl, limits } }
}

function knownSecrets({ settings: { dataDir } }: RunningConfig) {
  return { token: readAdminToken(process.env, dataDir).value, learned: allLearnedSecrets(dataDir) }
}

/**
 * Whether a request is for a receiver, by its path: it delivers to a source that needs nothing which all receivers would
 * have to share. That is a rate limit, what a source learns from a handshake, or an answer that a rule makes.
 */
function pathsOfReceiver({ sources, rules }: RunningConfig): (url: string) => boolean {
  const answered = new Set(
    rules.filter(({ answer }) => answer !== 'accepted').map(({ on }) => on.split('.', 1)[0]),
  )
  const shared = [...sources.values()].filter(({ name, rateLimit, instance }) => {
    return rateLimit !== null || instance.answer !== undefined || answered.has(name)
  })
  const sharedNames = new Set(shared.map(({ name }) => name))
  const own = [...sources.values()].filter(({ name }) => !sharedNames.has(name))
  const ownPaths = new Set(own.map(({ path }) => path))
  return (url) => {
    const [path = ''] = url.split('?', 1)
    const [, source] = SOURCE_PATH.exec(path) ?? []
    return source === undefined ? ownPaths.has(path) : !sharedNames.has(source)
  }
}
