import type { Logger } from 'pino'
import { Access } from './api/access/access.ts'
import { type AdminToken, readAdminToken } from './api/admin-token.ts'
import { type HttpServer, listen } from './api/http-server.ts'
import { createApp } from './app.ts'
import { LiveConfig } from './config/live.ts'
import type { GeneratedSecret, LoadOptions } from './config/load.ts'
import { ManagedConfig } from './config/managed-config.ts'
import type { RunningConfig } from './contracts/config.ts'
import { Closers } from './kit/closers.ts'
import { HooklineError } from './kit/errors.ts'
import { allLearnedSecrets } from './kit/learned-secrets.ts'
import { createLogger } from './kit/logger.ts'
import { Redactor } from './kit/redact.ts'
import { redactError } from './kit/redact-error.ts'
import { type ConfiguredStore, createConfiguredStore } from './kit/sealing/configured-store.ts'
import { openObservation } from './node/observation.ts'
import { Notices } from './receive/notices.ts'
import { Receiver } from './receive/receive.ts'
import { Heartbeat } from './work/heartbeat.ts'
import { Retention } from './work/retention.ts'
import { Worker } from './work/worker.ts'

export interface NodeOptions {
  readonly configFile?: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly overrides: LoadOptions['overrides']
  /** `receive` runs no programs; `work` takes no deliveries. */
  readonly role: 'all' | 'receive' | 'work'
  /** Log lines for people instead of JSON. */
  readonly pretty: boolean
  /** Overrides the config's. */
  readonly logLevel?: RunningConfig['settings']['logLevel']
}

/** One running node. */
export interface RunningNode {
  /** Where it listens, as reached from this machine. */
  readonly url: string
  readonly port: number
  readonly config: RunningConfig
  readonly adminToken: AdminToken
  /** Secrets made at this start, to be shown once. */
  readonly generatedSecrets: readonly GeneratedSecret[]
  /** Resolves with the reason once the node cannot go on: its store is gone for good, or it was told so. Stop it then. */
  readonly failed: Promise<HooklineError>
  /** Takes a fault that nothing caught: logs it, and `failed` resolves. */
  fail(fault: unknown): void
  /** Stops in reverse order of the start; running programs get the config's `node.stopSeconds`. */
  stop(): Promise<void>
}

const HTTP_GRACE_SECONDS = 5

/** Opens a node: config, store, worker, server. What was opened is closed again where a later part fails. */
export async function openNode(options: NodeOptions): Promise<RunningNode> {
  const redactor = new Redactor()
  const logger = createLogger({
    level: options.logLevel ?? 'info',
    pretty: options.pretty,
    redactor,
  })
  const generatedSecrets: GeneratedSecret[] = []
  const closers = new Closers()
  try {
    const live = await LiveConfig.open({
      ...(options.configFile === undefined ? {} : { file: options.configFile }),
      cwd: options.cwd,
      env: options.env,
      overrides: options.overrides,
      mode: 'run',
      logger,
      clock: Date.now,
      onGenerated: (secret) => generatedSecrets.push(secret),
    })
    closers.add(() => live.close())
    logger.level = options.logLevel ?? live.current.settings.logLevel
    const adminToken = readAdminToken(options.env, live.current.settings.dataDir)
    // Those of earlier configs stay: programs that were started with them may still write them.
    const redact = ({ secrets, settings }: RunningConfig) => {
      redactor.add([adminToken.value, ...secrets, ...allLearnedSecrets(settings.dataDir)])
      redactor.setPatterns(settings.redact)
    }
    redact(live.current)
    for (const warning of live.current.warnings) logger.warn({}, warning)
    const failed = Promise.withResolvers<HooklineError>()
    const shared = { options, live, logger, redactor, adminToken, redact, closers }
    const parts = { ...shared, fail: failed.resolve }
    const server = await openParts(parts)
    const host = options.overrides.host ?? live.current.settings.host
    const running: RunningNode = {
      url: `http://${reachable(host)}:${server.port}`,
      port: server.port,
      get config() {
        return live.current
      },
      adminToken,
      generatedSecrets,
      failed: failed.promise,
      fail(fault) {
        logger.error({ err: fault }, 'a fault that nothing caught: the node ends')
        failed.resolve(new HooklineError('internal', 'Nothing caught a fault; the log has it'))
      },
      stop: () => stopOnce(),
    }
    let stopped: Promise<void> | null = null
    const stopOnce = () => {
      stopped ??= closers.close().then(() => logger.info({}, 'stopped'))
      return stopped
    }
    logger.info({ url: running.url, config: live.current.version, role: options.role }, 'listening')
    return running
  } catch (error) {
    await closers.close()
    // It is printed, not logged.
    throw redactError(error, redactor)
  }
}

interface Parts {
  readonly options: NodeOptions
  readonly live: LiveConfig
  readonly logger: Logger
  readonly redactor: Redactor
  readonly adminToken: AdminToken
  readonly redact: (config: RunningConfig) => void
  readonly closers: Closers
  readonly fail: (reason: HooklineError) => void
}

async function openParts(parts: Parts): Promise<HttpServer> {
  const { live, logger, closers, options } = parts
  const { settings } = live.current
  const { store, keeper } = createStore(parts)
  let isStoreLost = false
  store.subscribe((change) => {
    if (change.kind !== 'failed') return
    isStoreLost = true
    logger.error({ err: change.error }, 'the store has failed for good: the node ends')
    const message = parts.redactor.text(change.error.message)
    parts.fail(new HooklineError('store_unavailable', message))
  })
  await store.open()
  closers.add(() => store.close())
  const managed = await ManagedConfig.open({ live, store, logger })
  closers.add(() => managed.close())
  parts.redact(live.current)
  const { value: adminToken } = parts.adminToken
  const access = await Access.open({ adminToken, store, logger, clock: Date.now })
  closers.add(() => access.close())
  const running = () => worker.activeRuns().length
  const observed = await openObservation({ ...parts, env: options.env, store, running })
  const { metrics, meter, tracer } = observed
  const nodeName = settings.node.name
  const shared = { config: live.current, store, logger, meter, tracer, clock: Date.now }
  const notices = new Notices({ ...shared, nodeName, redactor: parts.redactor })
  closers.add(() => notices.close())
  const receiver = new Receiver({ ...shared, notices })
  const heartbeat = new Heartbeat({
    ...{ store, nodeName, logger, role: options.role, config: () => live.current },
    onDraining: (draining) => worker.drain(draining),
  })
  // After the worker: until it has stopped, this node has tasks.
  closers.add(() => heartbeat.stop())
  const worker = new Worker({
    store,
    config: () => live.current,
    nodeName,
    logger,
    meter,
    tracer,
    redactor: parts.redactor,
    clock: Date.now,
    random: Math.random,
    announce: (ended) => notices.ofAttempt(ended),
  })
  // What runs could not be recorded any more, and is run again after the restart.
  closers.add(() => worker.stop(isStoreLost ? 0 : live.current.settings.node.stopSeconds))
  live.onChange((next, previous) => {
    parts.redact(next)
    receiver.configure(next)
    notices.configure(next)
    worker.configChanged()
    notices.configChanged(next, previous)
    meter.configChanged(true)
  })
  live.onFault((fault) => {
    notices.configFaulty(fault)
    meter.configChanged(false)
  })
  const stopping = new AbortController()
  const app = createApp({
    config: () => live.current,
    previousConfig: () => live.previous,
    configFault: () => live.lastError?.message ?? null,
    managed,
    store,
    receiver,
    takesDeliveries: options.role !== 'work',
    logger,
    access,
    keeper,
    metrics,
    isDraining: () => heartbeat.draining,
    stopping: stopping.signal,
  })
  const { host, port, limits } = settings
  const server = await listen(app, { host, port, requestSeconds: limits.requestSeconds })
  const retention = new Retention({
    ...{ store, logger, meter, clock: Date.now, random: Math.random },
    settings: () => live.current.settings.retention,
  })
  await heartbeat.start()
  // Not before: where the port is taken, no program is to be started only to be stopped.
  if (options.role !== 'receive') {
    worker.start()
    retention.start()
  }
  closers.add(() => retention.stop())
  closers.add(() => server.close(HTTP_GRACE_SECONDS))
  closers.add(() => stopping.abort())
  return server
}

function createStore({ live, logger, options, redactor }: Parts): ConfiguredStore {
  return createConfiguredStore({
    config: () => live.current,
    env: options.env,
    logger,
    onKeys: (texts) => redactor.add(texts),
  })
}

function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
