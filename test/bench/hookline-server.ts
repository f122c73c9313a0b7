import { existsSync, readdirSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { boundHeap } from '../../core/node/heap.ts'
import { openNode } from '../../core/node/node.ts'
import { treeUsage } from './process-tree.ts'

const LAG_RESOLUTION_MS = 2
const DESCRIPTORS = '/proc/self/fd'
const ROLES = ['receive', 'work'] as const

// A real node, as `hookline start` opens it, in a process of its own.
const node = await openNode({
  configFile: process.env['BENCH_CONFIG'] ?? '',
  cwd: process.cwd(),
  env: process.env,
  overrides: { host: '127.0.0.1', port: 0, dataDir: process.env['BENCH_DATA'] ?? '' },
  role: ROLES.find((role) => role === process.env['BENCH_ROLE']) ?? 'all',
  pretty: false,
  logLevel: 'error',
})
boundHeap()
process.send?.({ port: node.port, token: node.adminToken.value })
// Since the last report.
const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS })
lag.enable()
process.on('message', () => {
  const cpu = process.cpuUsage()
  process.send?.({
    rssBytes: process.memoryUsage().rss,
    cpu,
    childSeconds: Math.max(0, treeUsage([process.pid]).cpuSeconds - (cpu.user + cpu.system) / 1e6),
    descriptors: existsSync(DESCRIPTORS) ? readdirSync(DESCRIPTORS).length : 0,
    lagP99Ms: Math.max(0, lag.percentile(99) / 1e6 - LAG_RESOLUTION_MS),
  })
  lag.reset()
})
process.on('disconnect', () => void node.stop().then(() => process.exit(0)))
