import { Access } from '../api/access/access.ts'
import { readAdminToken } from '../api/access/tokens/admin-token.ts'
import { RefusedRequests } from '../api/http/refused-requests.ts'
import { createHttpApp } from '../api/http-app.ts'
import { LiveConfig } from '../config/load/live.ts'
import type { GeneratedSecret } from '../config/load/load.ts'
import { ManagedConfig } from '../config/managed/managed-config.ts'
import type { RunningConfig } from '../contracts/config.ts'
import type { Meter } from '../contracts/meter.ts'
import { mountDashboard } from '../dashboard/mount.ts'
import { HooklineError } from '../errors/errors.ts'
import { BoundedLog } from '../kit/bounded-log.ts'
import { searchable } from '../projection/searchable.ts'
import { TermHash } from '../projection/term-hash.ts'
import { allLearnedSecrets } from '../redaction/learned-secrets.ts'
import { redactError } from '../redaction/redact-error.ts'
import { Redactor } from '../redaction/redactor.ts'
import { removeLeftBehind } from '../sdk/processes/temp-folders.ts'
import { createConfiguredStore } from '../sealing/configured-store.ts'
import type { CaseTrialsOptions } from '../trial/cases/case-trials.ts'
import { Closers } from './closers.ts'
import { createLogger, type Logger } from './logger.ts'
import { openObservation } from './observation.ts'
import type { NodeOptions, RunningNode } from './running-node.ts'
import { type NodeServers, openServers } from './servers.ts'
import { localAddress, reachable, writeServiceAddress } from './service-address.ts'
import { openTestNode } from './test-node.ts'
import { createWork, type NodeWork } from './work.ts'

interface NodeContext {
  readonly options: NodeOptions
  readonly logger: Logger
  readonly redactor: Redactor
  readonly closers: Closers
  /** Resolves `RunningNode.failed`. */
  readonly fail: (reason: HooklineError) => void
}

/** Opens a node: config, store, access, work, server. If a step fails, everything opened before it is closed again. */
export async function openNode(options: NodeOptions): Promise<RunningNode> {
  const { env, role, ...start } = options
  const { overrides, pretty } = start
  const redactor = new Redactor()
  const logger = createLogger({ level: options.logLevel ?? 'info', pretty, redactor })
  const closers = new Closers()
  const { promise: failed, resolve: fail } = Promise.withResolvers<HooklineError>()
  const context: NodeContext = { options, logger, redactor, closers, fail }
  try {
    const { live, adminToken, generatedSecrets, redact } = await openConfig(context)
    const { store, termHash, isStoreLost, keeper, managed } = await openStore(context, live)
    redact(live.current)
    const access = await Access.open({
      adminToken: adminToken.value,
      store,
      logger,
      oidc: () => live.current.settings.admin.oidc,
      clock: Date.now,
    })
    closers.add(() => access.close())
    let tunnel: NodeServers['tunnel'] = null
    const tunnelStatus = () => tunnel?.status ?? null
    let receivers: NodeServers['receivers'] = null
    const observed = {
      ...{ env, logger, redactor, closers, live, store },
      ...{ running: () => work.worker.activeRuns().length, tunnel: tunnelStatus },
      receivers: () => receivers?.status ?? [],
    }
    const { metrics, meter, tracer } = await openObservation(observed)
    const work = createWork({
      ...{ live, store, termHash, keeper, isStoreLost, role },
      ...{ meter, tracer, logger, redactor, closers },
    })
    followConfig(live, { redact, meter, work })
    const stopping = new AbortController()
    const log = new BoundedLog(logger, stopping.signal)
    const refusedRequests = new RefusedRequests(log, meter)
    const { app, direct } = createHttpApp({
      config: () => live.current,
      previousConfig: () => live.previous,
      configFault: () => live.lastError?.message ?? null,
      managed,
      store,
      receiver: work.receiver,
      ownEvents: work.ownEvents,
      takesDeliveries: role !== 'work',
      registrations: work.registrations,
      catchUp: work.catchUp,
      cases: caseTrials(context, live),
      ...{ logger, redactor, access, keeper, metrics },
      tunnel: tunnelStatus,
      refusedRequests,
      isDraining: () => work.heartbeat.draining,
      stopping: stopping.signal,
    })
    const { dashboard, host } = live.current.settings
    if (dashboard) mountDashboard(app, { settings: () => live.current.settings })
    const servers = await openServers({
      ...{ app, direct, live, store, meter, logger, redactor, closers },
      ...{ refusedRequests, log, stopping },
      ...{ start, env, ownEvents: work.ownEvents },
      takesDeliveries: role !== 'work',
    })
    const { port } = servers
    tunnel = servers.tunnel
    receivers = servers.receivers
    work.receiver.configure(live.current)
    publishAddress(context, live.current.settings, port)
    await work.heartbeat.start()
    work.projector.start()
    work.approvals.start()
    // Not earlier: if the port is in use, no program must be started only to be stopped.
    if (role !== 'receive') {
      await removeLeftBehind(live.current.settings.dataDir)
      work.worker.start()
      work.retention.start()
      work.jobs.start()
    }
    tunnel?.start()
    if (role !== 'work' && !options.isTest) {
      work.startUnasked()
      tunnel?.onChange((status) => {
        if (status?.state === 'up') work.catchUp.wake()
      })
    }
    const url = `http://${reachable(overrides.host ?? host)}:${port}`
    logger.info({ url, config: live.current.version, role }, 'listening')
    let stopped: Promise<void> | null = null
    return {
      url,
      port,
      get config() {
        return live.current
      },
      adminToken,
      generatedSecrets,
      signInPath: () => (dashboard ? `/sign-in?code=${access.issueOwnCode()}` : null),
      onTunnel: (follower) => tunnel?.onChange(follower),
      failed,
      fail(fault) {
        logger.error({ err: fault }, 'a fault that nothing caught: the node ends')
        fail(new HooklineError('internal', 'Nothing caught a fault; the log has it'))
      },
      stop(reason) {
        if (reason !== undefined) logger.warn({}, reason)
        if (stopped === null) work.announceStop()
        stopped ??= closers.close().then(() => logger.info({}, 'stopped'))
        return stopped
      },
    }
  } catch (error) {
    await closers.close()
    // The error is printed, so the logger does not redact it.
    throw redactError(error, redactor)
  }
}

function caseTrials({ options, redactor }: NodeContext, live: LiveConfig): CaseTrialsOptions {
  const { configFile, cwd, env } = options
  return {
    config: () => live.current,
    redact: (text) => redactor.text(text),
    open: (signal) =>
      openTestNode(openNode, {
        ...{ cwd, env, signal, managed: live.managed },
        ...(configFile === undefined ? {} : { configFile }),
      }),
  }
}

/** Lets commands of this machine find the node. It runs without that if the data folder cannot be written. */
function publishAddress(
  { logger, closers }: NodeContext,
  { dataDir, host }: RunningConfig['settings'],
  port: number,
): void {
  try {
    closers.add(writeServiceAddress(dataDir, localAddress(host, port)))
  } catch (error) {
    logger.debug({ err: error }, 'the address could not be written to the data folder')
  }
}

async function openConfig({ options, logger, redactor, closers }: NodeContext) {
  const { configFile, cwd, env, overrides, logLevel, isTest = false, managed } = options
  const generatedSecrets: GeneratedSecret[] = []
  const live = await LiveConfig.open({
    ...(configFile === undefined ? {} : { file: configFile }),
    cwd,
    env,
    overrides,
    mode: isTest ? 'test' : 'run',
    ...(managed === undefined ? {} : { managed, freshness: 'changed' }),
    logger,
    clock: Date.now,
    onGenerated: (secret) => generatedSecrets.push(secret),
  })
  closers.add(() => live.close())
  const { settings, warnings } = live.current
  logger.level = logLevel ?? settings.logLevel
  const adminToken = readAdminToken(env, settings.dataDir)
  // Secrets of earlier configs stay: programs that were started with them may still print them.
  const redact = (config: RunningConfig) => {
    const learned = allLearnedSecrets(config.settings.dataDir)
    redactor.add([adminToken.value, ...config.secrets, ...learned])
    redactor.setPatterns(config.settings.redact)
  }
  redact(live.current)
  for (const warning of warnings) logger.warn({}, warning)
  return { live, adminToken, generatedSecrets, redact }
}

/** Opens the store of the config, and loads the part of the config that is managed in it. */
async function openStore(
  { options, logger, redactor, closers, fail }: NodeContext,
  live: LiveConfig,
) {
  const {
    store: stored,
    keeper,
    termKeys,
  } = createConfiguredStore({
    config: () => live.current,
    env: options.env,
    logger,
    onKeys: (texts) => redactor.add(texts),
  })
  const termHash = new TermHash(termKeys)
  const store = searchable(stored, termHash)
  let isLost = false
  store.subscribe((change) => {
    if (change.kind !== 'failed') return
    isLost = true
    logger.error({ err: change.error }, 'the store has failed for good: the node ends')
    fail(new HooklineError('store_unavailable', redactor.text(change.error.message)))
  })
  await store.open()
  closers.add(() => store.close())
  const managed = await ManagedConfig.open({ live, store, logger })
  closers.add(() => managed.close())
  return { store, termHash, isStoreLost: () => isLost, keeper, managed }
}

interface ConfigFollowers {
  readonly redact: (config: RunningConfig) => void
  readonly meter: Meter
  readonly work: NodeWork
}

/** Passes each change of the config on to the parts that use it. */
function followConfig(live: LiveConfig, { redact, meter, work }: ConfigFollowers): void {
  live.onChange((next, previous) => {
    redact(next)
    work.receiver.configure(next)
    work.ownEvents.configure(next)
    work.worker.configChanged()
    work.ownEvents.configChanged(next, previous)
    work.registrations.configChanged()
    meter.configChanged(true)
  })
  live.onPublicUrl((config) => {
    work.receiver.configure(config)
    work.registrations.configChanged()
  })
  live.onFault((fault) => {
    work.ownEvents.configFaulty(fault)
    meter.configChanged(false)
  })
}
