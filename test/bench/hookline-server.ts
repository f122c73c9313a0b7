import { openNode } from '../../core/node.ts'

// A real node, as `hookline start` opens it, in a process of its own.
const node = await openNode({
  configFile: process.env['BENCH_CONFIG'] ?? '',
  cwd: process.cwd(),
  env: process.env,
  overrides: { host: '127.0.0.1', port: 0, dataDir: process.env['BENCH_DATA'] ?? '' },
  role: process.env['BENCH_ROLE'] === 'receive' ? 'receive' : 'all',
  pretty: false,
  logLevel: 'error',
})
process.send?.({ port: node.port, token: node.adminToken.value })
process.on('message', () =>
  process.send?.({ rssBytes: process.memoryUsage().rss, cpu: process.cpuUsage() }),
)
process.on('disconnect', () => void node.stop().then(() => process.exit(0)))
