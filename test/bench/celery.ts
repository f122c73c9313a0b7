import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createClient } from '@redis/client'
import { PYTHON } from '../e2e/service.ts'
import { missingCelery } from '../plugins/executors/servers/celery.ts'
import { type RedisServer, startRedis } from '../plugins/executors/servers/redis.ts'
import { startServer as startProcess } from '../plugins/executors/servers/server-process.ts'
import { missingTool } from '../requirements.ts'
import { pushPayload } from './accept.ts'
import { pushes, SECRET } from './load.ts'
import { startServer } from './server-process.ts'
import { waitUntilSettled } from './tasks.ts'

const CONNECTIONS = 16
/** More than any of them can do, but not all that can be sent: what is only accepted takes time from the rest. */
const PER_SECOND = 600
const POLL_MS = 20
const body = JSON.stringify(pushPayload())

/** From HTTP to the end of a Celery task: Hookline, and a handler in Python that calls `.delay()`. */
export async function celeryBench(dataDir: string): Promise<void> {
  const missing = missingTool('redis-server') ?? missingCelery()
  if (missing !== null) return
  const seconds = Number(process.env['BENCH_SECONDS'] ?? 5)
  const redis = await startRedis('--appendfsync', 'everysec')
  const env = { BENCH_REDIS: redis.url, BENCH_SECRET: SECRET, C_FORCE_ROOT: '1' }
  const worker = await startProcess({
    command: PYTHON,
    args: [
      ...['-m', 'celery', '-A', 'celery_bench', 'worker', '-l', 'info'],
      ...['--pool', 'solo', '--without-mingle', '--without-gossip'],
    ],
    cwd: import.meta.dirname,
    env: { ...env, PYTHONDONTWRITEBYTECODE: '1' },
    ready: / ready\./,
  })
  console.log('celery: GitHub push to the end of a task at one worker, and its end seen')
  try {
    await measureHandler(redis, env, seconds)
    await measureHookline(redis, env, dataDir, seconds)
  } finally {
    await worker.kill()
    await redis.dispose()
  }
  console.log('')
}

async function measureHandler(
  redis: RedisServer,
  env: Readonly<Record<string, string>>,
  seconds: number,
): Promise<void> {
  const handler = spawn(PYTHON, ['celery_bench.py'], {
    cwd: import.meta.dirname,
    env: { ...process.env, ...env, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { port, name } = await portOf(handler)
  try {
    await measure(name, redis, `http://127.0.0.1:${port}`, seconds)
  } finally {
    handler.kill('SIGKILL')
  }
}

async function measureHookline(
  redis: RedisServer,
  env: Readonly<Record<string, string>>,
  dataDir: string,
  seconds: number,
): Promise<void> {
  const server = await startServer('hookline-server.ts', {
    ...env,
    BENCH_CONFIG: join(import.meta.dirname, 'bench.config.ts'),
    BENCH_DATA: join(dataDir, 'celery'),
    BENCH_PROGRAM: 'celery',
    BENCH_PYTHON: PYTHON,
  })
  try {
    await measure('Hookline', redis, server.url, seconds, () => waitUntilSettled(server))
  } finally {
    await server.stop()
  }
}

async function measure(
  name: string,
  redis: RedisServer,
  url: string,
  seconds: number,
  settled: () => Promise<boolean> = async () => true,
): Promise<void> {
  const client = createClient({ url: `${redis.url}/2` })
  await client.connect()
  const done = async () => Number(await client.get('done'))
  const before = await done()
  const begun = performance.now()
  const load = { url, body, connections: CONNECTIONS, seconds, perSecond: PER_SECOND }
  const { accepted, failed, p99 } = await pushes(load)
  // One that was answered too late for the load may have been run too.
  while ((await done()) < before + accepted) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  const isSettled = await settled()
  const perSecond = (accepted * 1000) / (performance.now() - begun)
  console.log(
    `  ${name.padEnd(26)} ${perSecond.toFixed(0).padStart(7)}/s   ${accepted} tasks, ${failed} refused, ${isSettled ? 'all settled' : 'NOT all settled'}   answer p99 ${p99} ms`,
  )
  client.destroy()
}

async function portOf(child: ChildProcess): Promise<{ port: number; name: string }> {
  if (child.stdout === null) throw new Error('the handler has no output')
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const [, port, name = ''] = /^port (\d+), (.*)$/.exec(String(line)) ?? []
  return { port: Number(port), name: `${name}, .delay()` }
}
