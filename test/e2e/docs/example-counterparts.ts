import { join } from 'node:path'
import { expect } from 'vitest'
import { StandInCluster } from '../../fixtures/kubernetes/api-server.ts'
import { headersOf, partsOf, startMailServer } from '../../plugins/executors/email/counterpart.ts'
import { startCounterpart } from '../../plugins/executors/http/counterpart.ts'
import { startRedis } from '../../plugins/executors/servers/redis.ts'
import { startServer } from '../../plugins/executors/servers/server-process.ts'
import { PYTHON } from '../service.ts'

/** The other side of an example that calls one, on this machine. */
export interface ExampleCounterpart extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>
  /** What the example's config says of it, and what it must say to reach a server of this machine. */
  readonly patch?: readonly [text: string, replacement: string]
  /** Checks what has come. */
  check(): void
}

/** Counterparts by name of the example. */
export const COUNTERPARTS: Readonly<Record<string, () => Promise<ExampleCounterpart>>> = {
  'notify-slack': startSlack,
  'notify-email': startMail,
  'run-in-kubernetes': startCluster,
  'deploy-with-celery': startWorker,
}

/** A Redis, and a worker with the tasks of the example. */
async function startWorker(): Promise<ExampleCounterpart> {
  const redis = await startRedis()
  const env = { CELERY_BROKER: `${redis.url}/0`, CELERY_RESULTS: `${redis.url}/1` }
  const worker = await startServer({
    command: PYTHON,
    args: ['-m', 'celery', '-A', 'tasks', 'worker', '-l', 'info', '--pool', 'solo'],
    cwd: join(import.meta.dirname, '../../../examples/deploy-with-celery'),
    env: { ...env, C_FORCE_ROOT: '1', PYTHONDONTWRITEBYTECODE: '1' },
    ready: / ready\./,
  })
  const task = "task: 'deploys.run',"
  return {
    env,
    patch: [task, `${task} interpreter: '${PYTHON}',`],
    check: () => {},
    [Symbol.asyncDispose]: async () => {
      await worker.kill()
      await redis.dispose()
    },
  }
}

async function startCluster(): Promise<ExampleCounterpart> {
  const cluster = await StandInCluster.start()
  return {
    env: { KUBECONFIG: cluster.kubeconfigFile },
    check: () => {
      expect(cluster.controller.all('jobs')).toHaveLength(1)
    },
    [Symbol.asyncDispose]: () => cluster.close(),
  }
}

async function startSlack(): Promise<ExampleCounterpart> {
  const server = await startCounterpart((_seen, response) => response.end('ok'))
  const url = "url: env('SLACK_WEBHOOK_URL'),"
  return {
    env: { SLACK_WEBHOOK_URL: `${server.origin}/services/T0/B0/secret` },
    patch: [url, `${url} allowHttp: true, allowPrivate: ['127.0.0.1'],`],
    check: () => {
      expect(server.seen).toHaveLength(1)
      const { url: path, body = '' } = server.seen[0] ?? {}
      expect(path).toBe('/services/T0/B0/secret')
      const { text, blocks } = JSON.parse(body)
      expect(text).toBe('deploy failed')
      expect(blocks[0].text.text).toMatch(/^deploy failed on .+: exited with code 1$/)
      expect(blocks[1].elements[0].text).toMatch(/^hookline logs tsk_/)
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

async function startMail(): Promise<ExampleCounterpart> {
  const server = await startMailServer()
  const url = "url: env('SMTP_URL')"
  return {
    env: { SMTP_URL: `smtp://127.0.0.1:${server.port}`, ALERTS_TO: 'ann@example.com' },
    patch: [url, `${url}, requireTls: false`],
    check: () => {
      expect(server.mails).toHaveLength(1)
      const { to, source = '' } = server.mails[0] ?? {}
      expect(to).toEqual(['ann@example.com'])
      expect(headersOf(source).get('subject')).toBe('deploy failed')
      expect(partsOf(source).get('text/plain')).toContain('there is no target moon')
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
