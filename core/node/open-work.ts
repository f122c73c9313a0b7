import type { Meter } from '../contracts/meter.ts'
import type { StoreInstance } from '../contracts/store.ts'
import type { Tracer } from '../contracts/tracer.ts'
import { Notices } from '../receive/notices.ts'
import { Receiver } from '../receive/receive.ts'
import { Heartbeat } from '../work/heartbeat.ts'
import { Retention } from '../work/retention.ts'
import { Worker } from '../work/worker.ts'
import type { Parts } from './parts.ts'

export interface WorkParts extends Parts {
  readonly store: StoreInstance
  /** Whether the store is gone for good. */
  readonly isLost: () => boolean
  readonly meter: Meter
  readonly tracer: Tracer
}

/** Makes what takes deliveries and runs programs. Nothing is taken or run yet. */
export function openWork(parts: WorkParts) {
  const { live, store, logger, meter, tracer, redactor, closers } = parts
  const nodeName = live.current.settings.node.name
  const observed = { store, logger, meter, tracer, clock: Date.now }
  const shared = { ...observed, config: live.current }
  const notices = new Notices({ ...shared, nodeName, redactor })
  closers.add(() => notices.close())
  const receiver = new Receiver({ ...shared, notices })
  const heartbeat = new Heartbeat({
    ...{ store, nodeName, logger, role: parts.options.role, config: () => live.current },
    onDraining: (draining) => worker.drain(draining),
  })
  // After the worker: until it has stopped, this node has tasks.
  closers.add(() => heartbeat.stop())
  const worker = new Worker({
    ...{ ...observed, nodeName, redactor, random: Math.random, config: () => live.current },
    announce: (ended) => notices.ofAttempt(ended),
  })
  // What runs could not be recorded any more, and is run again after the restart.
  closers.add(() => worker.stop(parts.isLost() ? 0 : live.current.settings.node.stopSeconds))
  const retention = new Retention({
    ...{ store, logger, meter, clock: Date.now, random: Math.random },
    settings: () => live.current.settings.retention,
  })
  closers.add(() => retention.stop())
  followConfig(parts, { notices, receiver, worker })
  return { receiver, heartbeat, worker, retention }
}

interface Following {
  readonly notices: Notices
  readonly receiver: Receiver
  readonly worker: Worker
}

function followConfig(parts: WorkParts, { notices, receiver, worker }: Following): void {
  const { live, meter } = parts
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
}
