import { approvalLink } from '../approvals/approval-link.ts'
import { Approvals } from '../approvals/approvals.ts'
import { CatchUp } from '../catch-up/catch-up.ts'
import type { LiveConfig } from '../config/load/live.ts'
import type { Meter } from '../contracts/meter.ts'
import type { NodeStatus } from '../contracts/node-registry.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { StoreInstance } from '../contracts/store.ts'
import type { Tracer } from '../contracts/tracer.ts'
import { JobRunner, jobHoldMs } from '../jobs/job-runner.ts'
import { OwnEvents } from '../own-events/own-events.ts'
import { Projector } from '../projection/projector.ts'
import type { TermHash } from '../projection/term-hash.ts'
import { Receiver } from '../receive/receiver.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { ownHookId } from '../registration/own-hook.ts'
import { addedTargets } from '../registration/record.ts'
import { Registrations } from '../registration/registrations.ts'
import { Reports } from '../reporting/reports.ts'
import { Scheduler } from '../schedule/scheduler.ts'
import { Silences } from '../schedule/silences.ts'
import type { KeyKeeper } from '../sealing/key-keeper.ts'
import { Heartbeat } from '../work/heartbeat.ts'
import { Retention } from '../work/retention.ts'
import { Worker } from '../work/worker.ts'
import type { Closers } from './closers.ts'

export interface WorkOptions {
  readonly live: LiveConfig
  readonly store: StoreInstance
  readonly termHash: TermHash
  readonly keeper: KeyKeeper
  /** Whether the store cannot be used again by this process. */
  readonly isStoreLost: () => boolean
  readonly role: NodeStatus['role']
  readonly meter: Meter
  readonly tracer: Tracer
  readonly logger: PluginLogger
  readonly redactor: Redactor
  readonly closers: Closers
}

export type NodeWork = ReturnType<typeof createWork>

/** Creates what takes deliveries and runs programs. Nothing is started yet. */
export function createWork(options: WorkOptions) {
  const {
    live,
    store,
    termHash,
    keeper,
    isStoreLost,
    role,
    meter,
    tracer,
    logger,
    redactor,
    closers,
  } = options
  const nodeName = live.current.settings.node.name
  const config = () => live.current
  const clock = Date.now
  const ownEvents = new OwnEvents({
    config: live.current,
    nodeName,
    store,
    logger,
    redactor,
    clock,
  })
  closers.add(() => ownEvents.close())
  const receiver = new Receiver({
    config: live.current,
    store,
    ownEvents,
    meter,
    tracer,
    logger,
    clock,
  })
  const heartbeat = new Heartbeat({
    store,
    config,
    nodeName,
    role,
    onDraining: (draining) => worker.drain(draining),
    logger,
  })
  // Closed after the worker: until the worker has stopped, this node has tasks.
  closers.add(() => heartbeat.stop())
  const worker = new Worker({
    store,
    config,
    nodeName,
    logger,
    redactor,
    clock,
    random: Math.random,
    ownEvents,
    approvalLink: (event) => approvalLink({ config, store, keeper, redactor }, event),
    meter,
    tracer,
  })
  // Without a store, what is running could not be recorded; it runs again after the restart.
  closers.add(() => worker.stop(isStoreLost() ? 0 : live.current.settings.node.stopSeconds))
  const retention = new Retention({
    store,
    settings: () => live.current.settings.retention,
    logger,
    meter,
    clock,
    random: Math.random,
  })
  closers.add(() => retention.stop())
  const projector = new Projector({ store, hash: termHash, logger, random: Math.random })
  closers.add(() => projector.stop())
  const jobs = new JobRunner({
    ...{ store, lists: store, receiver, nodeName, logger, clock },
    holdMs: () => jobHoldMs(config().settings.node.leaseSeconds),
  })
  closers.add(() => jobs.stop())
  const registrations = new Registrations({
    config,
    store,
    logger,
    redact: (text) => redactor.text(text),
    clock,
    onCreated: () => catchUp.wake(),
  })
  closers.add(() => registrations.close())
  const catchUp = new CatchUp({
    ...{ config, store, receiver, meter, logger, clock },
    added: () => addedTargets(store),
    hookOf: (feed, signal) => ownHookId(store, feed, signal),
    redact: (text) => redactor.text(text),
  })
  closers.add(() => catchUp.close())
  const redact = (text: string) => redactor.text(text)
  const reports = new Reports({ config, store, nodeName, logger, redact, clock })
  live.onChange(() => reports.configChanged())
  closers.add(() => reports.close())
  const scheduler = new Scheduler({ config, store, nodeName, logger, clock })
  live.onChange(() => scheduler.configChanged())
  closers.add(() => scheduler.close())
  const silences = new Silences({ config, store, ownEvents, nodeName, logger, clock })
  closers.add(() => silences.close())
  const approvals = new Approvals({ config, store, ownEvents, nodeName, logger, clock })
  live.onChange(() => approvals.configChanged())
  closers.add(() => approvals.close())
  return {
    approvals,
    /** Says what a stop waits for. */
    announceStop: () => {
      const running = worker.activeRuns().length
      const seconds = live.current.settings.node.stopSeconds
      if (running === 0 || seconds === 0) return
      const programs = running === 1 ? 'one program' : `${running} programs`
      const message = `stopping, waits up to ${seconds} s for ${programs}; Ctrl-C or TERM again ends it now`
      logger.info({ running }, message)
    },
    /** Begins what no sender and no task asks for. */
    startUnasked: () => {
      registrations.start()
      catchUp.start()
      reports.start()
      scheduler.start()
      silences.start()
    },
    catchUp,
    ownEvents,
    receiver,
    heartbeat,
    worker,
    retention,
    projector,
    jobs,
    registrations,
  }
}
