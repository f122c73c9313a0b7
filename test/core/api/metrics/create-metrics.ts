import { onTestFinished } from 'vitest'
import { NodeMetrics, type NodeMetricsOptions } from '../../../../core/api/metrics/node-metrics.ts'
import type { RunningConfig } from '../../../../core/contracts/config.ts'
import type { PauseRecord } from '../../../../core/contracts/pause.ts'
import type { ProgramBacklog } from '../../../../core/contracts/retention.ts'

export const NOW = 1_000_000

export const PAUSED: readonly PauseRecord[] = [
  { kind: 'rule', name: 'a "b"', by: 'ci', reason: null, state: 'paused', since: 0, probe: null },
  {
    ...{ kind: 'program', name: 'deploy', by: 'breaker', reason: 'it died', state: 'paused' },
    ...{ since: 0, probe: { at: 0, taskId: null } },
  },
]

export const RECEIVER = { name: 'one', isReady: true, restarts: 1, cpuSeconds: 0.5 }

/** Metrics of a node with the source `github` and the programs `deploy` and `idle`. */
export function createMetrics(
  backlog: () => Promise<readonly ProgramBacklog[]> = async () => [],
  more: Partial<NodeMetricsOptions> = {},
): NodeMetrics {
  const config = {
    sources: new Map([['github', {}]]),
    programs: new Map([
      ['deploy', {}],
      ['idle', {}],
    ]),
    settings: { node: { concurrency: 8 } },
  } as unknown as RunningConfig
  const metrics = new NodeMetrics({
    store: { backlog, pauses: async () => PAUSED, pendingApprovals: async () => [] },
    config: () => config,
    configFault: () => null,
    running: () => 2,
    clock: () => NOW,
    ...more,
  })
  onTestFinished(() => metrics.close())
  return metrics
}
