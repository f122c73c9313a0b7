import { Access } from '../api/access/access.ts'
import type { AdminToken } from '../api/access/tokens/admin-token.ts'
import { RefusedRequests } from '../api/http/refused-requests.ts'
import { createHttpApp } from '../api/http-app.ts'
import type { LiveConfig } from '../config/load/live.ts'
import type { GeneratedSecret } from '../config/load/load.ts'
import type { ManagedConfig } from '../config/managed/managed-config.ts'
import type { RunningConfig } from '../contracts/config.ts'
import type { Meter } from '../contracts/meter.ts'
import type { StoreInstance } from '../contracts/store.ts'
import { mountDashboard } from '../dashboard/mount.ts'
import { HooklineError } from '../errors/errors.ts'
import { BoundedLog } from '../kit/bounded-log.ts'
import type { TermHash } from '../projection/term-hash.ts'
import { removeLeftBehind } from '../sdk/processes/temp-folders.ts'
import type { KeyKeeper } from '../sealing/key-keeper.ts'
import type { CaseTrialsOptions } from '../trial/cases/case-trials.ts'
import { openObservation } from './observation.ts'
import type { NodeContext, RunningNode } from './running-node.ts'
import { type NodeServers, openServers } from './servers.ts'
import { localAddress, reachable, writeServiceAddress } from './service-address.ts'
import { createWork, type NodeWork } from './work.ts'

export interface ServeOptions {
  readonly live: LiveConfig
  readonly adminToken: AdminToken
  readonly generatedSecrets: readonly GeneratedSecret[]
  readonly store: StoreInstance
  readonly termHash: TermHash
  readonly keeper: KeyKeeper
  readonly managed: ManagedConfig
  readonly cases: CaseTrialsOptions
  /** Whether the store cannot be used again by this process. */
  readonly isStoreLost: () => boolean
  /** Makes the secrets of a config unreadable in logs. */
  readonly redact: (config: RunningConfig) => void
}

/** Starts what a node does with its config and its open store: access, work, server. */
export async function serve(context: NodeContext, given: ServeOptions): Promise<RunningNode> {
  const { options, logger, redactor, closers, failed, fail } = context
  const { env, role, ...start } = options
  const { live, adminToken, generatedSecrets, redact } = given
  const { store, termHash, keeper, managed, cases, isStoreLost } = given
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
  const { app, direct, showMissing } = createHttpApp({
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
    cases,
    ...{ logger, redactor, access, keeper, metrics },
    tunnel: tunnelStatus,
    refusedRequests,
    isDraining: () => work.heartbeat.draining,
    stopping: stopping.signal,
  })
  const { dashboard, host } = live.current.settings
  if (dashboard) showMissing(mountDashboard(app, { settings: () => live.current.settings }))
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
  const url = `http://${reachable(start.overrides.host ?? host)}:${port}`
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
