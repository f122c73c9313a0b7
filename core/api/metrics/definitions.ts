import { hooklineVersion } from '../../kit/version.ts'
import { Counter, Gauge, Histogram, type Registry } from './prom-client.ts'

const ACCEPT_BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]
const ATTEMPT_BUCKETS = [
  0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600,
]

/** Metrics of receiving. */
export function defineDeliveryMetrics(registers: Registry[]) {
  return {
    deliveries: new Counter({
      name: 'hookline_deliveries_total',
      help: 'Answered requests to sources. `reason` is an error code, empty if there was no error.',
      labelNames: ['source', 'outcome', 'reason'],
      registers,
    }),
    refused: new Counter({
      name: 'hookline_requests_refused_total',
      help: 'Requests refused before there was a delivery, and requests that could not be answered, by error code.',
      labelNames: ['code'],
      registers,
    }),
    recovered: new Counter({
      name: 'hookline_recovered_total',
      help: 'Deliveries that did not arrive, and were asked for at their provider.',
      labelNames: ['source'],
      registers,
    }),
    caughtUp: new Gauge({
      name: 'hookline_catch_up_last_success_timestamp_seconds',
      help: 'When a provider last told this node all that did not arrive, since the epoch; 0: not yet.',
      registers,
    }),
    accept: new Histogram({
      name: 'hookline_accept_seconds',
      help: 'Time from the arrival of a whole body to the commit of its delivery.',
      labelNames: ['source'],
      buckets: ACCEPT_BUCKETS,
      registers,
    }),
  } as const
}

/** Metrics of running programs. */
export function defineAttemptMetrics(registers: Registry[]) {
  return {
    attempts: new Counter({
      name: 'hookline_attempts_total',
      help: 'Runs of programs that ended on this node. `returned`: handed back at a stop; `lost`: the lease was lost.',
      labelNames: ['program', 'status'],
      registers,
    }),
    attemptSeconds: new Histogram({
      name: 'hookline_attempt_seconds',
      help: 'Duration of runs of programs.',
      labelNames: ['program'],
      buckets: ATTEMPT_BUCKETS,
      registers,
    }),
    settled: new Counter({
      name: 'hookline_tasks_settled_total',
      help: 'Tasks that were settled by a run on this node.',
      labelNames: ['program', 'state'],
      registers,
    }),
    leasesLost: new Counter({
      name: 'hookline_leases_lost_total',
      help: 'Runs whose lease was lost, so that their result was not recorded and their task runs again.',
      registers,
    }),
  } as const
}

/** Metrics of the node as a whole. */
export function defineNodeMetrics(registers: Registry[]) {
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  const buildInfo = new Gauge({
    name: 'hookline_build_info',
    help: 'Always 1; the labels hold the versions of Hookline and Node.js.',
    labelNames: ['version', 'nodejs_version'],
    registers,
  })
  buildInfo.set({ version: hooklineVersion(), nodejs_version: process.version }, 1)
  return {
    running: gauge('hookline_running_tasks', 'Programs running on this node.'),
    concurrency: gauge(
      'hookline_running_tasks_limit',
      'How many programs may run at once on this node: `node.concurrency`.',
    ),
    configFaulty: gauge(
      'hookline_config_faulty',
      '1 if the newest change of the config could not be applied.',
    ),
    reloads: new Counter({
      name: 'hookline_config_reloads_total',
      help: 'Changes of the config: `ok` was applied, `faulty` was not.',
      labelNames: ['result'],
      registers,
    }),
    tunnelUp: new Gauge({
      name: 'hookline_tunnel_up',
      help: '1 if the tunnel of this node is open, else 0. Absent without a tunnel, or if another process runs it.',
      labelNames: ['plugin'],
      registers,
    }),
    tunnelRestarts: new Counter({
      name: 'hookline_tunnel_restarts_total',
      help: 'How often the tunnel of this node was open again after it had ended.',
      labelNames: ['plugin'],
      registers,
    }),
    receiverUp: new Gauge({
      name: 'hookline_receiver_up',
      help: '1 if this process of `node.receivers` takes connections, else 0. Absent with one receiver.',
      labelNames: ['receiver'],
      registers,
    }),
    receiverRestarts: new Counter({
      name: 'hookline_receiver_restarts_total',
      help: 'How often this process of `node.receivers` was started again after it had ended.',
      labelNames: ['receiver'],
      registers,
    }),
    receiverCpu: new Counter({
      name: 'hookline_receiver_cpu_seconds_total',
      help: 'CPU time of this process of `node.receivers`, in seconds; from 0 again after a restart.',
      labelNames: ['receiver'],
      registers,
    }),
    pruned: new Counter({
      name: 'hookline_pruned_total',
      help: 'Records that this node deleted because of `retention`. A delivery is deleted with its tasks.',
      labelNames: ['kind'],
      registers,
    }),
    pruneEnded: gauge(
      'hookline_prune_last_end_timestamp_seconds',
      'When this node last finished deleting what `retention` no longer keeps, since the epoch; 0: not yet.',
    ),
  } as const
}
