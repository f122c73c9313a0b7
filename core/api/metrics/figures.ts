import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { hooklineVersion } from '../../kit/version.ts'

const ACCEPT_BUCKETS = [
  ...[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1],
  ...[0.25, 0.5, 1, 2.5, 5, 10],
]
const ATTEMPT_BUCKETS = [
  ...[0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  ...[60, 120, 300, 600, 1800, 3600],
]

/** What the receiving side counts. */
export function deliveryFigures(registers: Registry[]) {
  return {
    deliveries: new Counter({
      name: 'hookline_deliveries_total',
      help: 'Requests to sources that ended. `reason` is an error code, empty where there was no error.',
      labelNames: ['source', 'outcome', 'reason'],
      registers,
    }),
    accept: new Histogram({
      name: 'hookline_accept_seconds',
      help: 'From the arrival of a whole body to the commit of its delivery.',
      labelNames: ['source'],
      buckets: ACCEPT_BUCKETS,
      registers,
    }),
  } as const
}

/** What the working side counts. */
export function attemptFigures(registers: Registry[]) {
  return {
    attempts: new Counter({
      name: 'hookline_attempts_total',
      help: 'Runs of programs that ended on this node. `returned`: handed back in a stop; `lost`: its lease was lost.',
      labelNames: ['program', 'status'],
      registers,
    }),
    attemptSeconds: new Histogram({
      name: 'hookline_attempt_seconds',
      help: 'How long runs of programs took.',
      labelNames: ['program'],
      buckets: ATTEMPT_BUCKETS,
      registers,
    }),
    settled: new Counter({
      name: 'hookline_tasks_settled_total',
      help: 'Tasks that ended for good by a run on this node.',
      labelNames: ['program', 'state'],
      registers,
    }),
    leasesLost: new Counter({
      name: 'hookline_leases_lost_total',
      help: 'Runs whose end was not recorded, since their lease was lost: their tasks are run again.',
      registers,
    }),
  } as const
}

/** Figures of the node as a whole. */
export function nodeFigures(registers: Registry[]) {
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  const buildInfo = new Gauge({
    name: 'hookline_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['version', 'node'],
    registers,
  })
  buildInfo.set({ version: hooklineVersion(), node: process.version }, 1)
  return {
    running: gauge('hookline_running_tasks', 'Programs that run on this node.'),
    concurrency: gauge(
      'hookline_running_tasks_limit',
      'How many may run at once on this node: `node.concurrency`.',
    ),
    configFaulty: gauge(
      'hookline_config_faulty',
      '1 where the newest change of the config was not taken.',
    ),
    reloads: new Counter({
      name: 'hookline_config_reloads_total',
      help: 'Changes of the config: `ok` came into force, `faulty` did not.',
      labelNames: ['result'],
      registers,
    }),
    pruned: new Counter({
      name: 'hookline_pruned_total',
      help: 'What this node deleted by `retention`. A deleted delivery takes its tasks with it.',
      labelNames: ['kind'],
      registers,
    }),
    pruneEnded: gauge(
      'hookline_prune_last_end_timestamp_seconds',
      'When this node last had deleted all that `retention` says, since the epoch; 0: not yet.',
    ),
  } as const
}
