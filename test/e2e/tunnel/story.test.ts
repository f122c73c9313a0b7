import { createHmac } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { FeedView } from '../../../core/api/catch-up/views.ts'
import { isGroupAlive } from '../../../core/sdk/processes/group.ts'
import { cli } from '../../core/cli/cli-process.ts'
import { startGithub } from '../../fixtures/providers/github.ts'
import { PROVIDER_TOKEN } from '../../fixtures/providers/stand-ins.ts'
import { StandIn } from '../../plugins/tunnels/setup.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService, until } from '../service.ts'

const ENV = { TOKEN: PROVIDER_TOKEN, SECRET: 'hook-secret-of-the-story' }
/** What the stand-in for Cloudflare gives as the address of the sender. */
const SENDER = '203.0.113.7'
const SECONDS = 60

function configOf(cloudflared: string, apiUrl: string, runs: string): string {
  return `
import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { github } from 'hookline/sources'
import { cloudflare } from 'hookline/tunnels'
export default defineConfig({
  tunnel: cloudflare({ command: '${cloudflared}' }),
  // One at a time, so that the file tells the order.
  node: { concurrency: 1 },
  sources: {
    github: github({
      secret: env('SECRET'),
      allow: ['${SENDER}'],
      register: { repositories: ['acme/shop'], token: env('TOKEN'), apiUrl: '${apiUrl}' },
    }),
  },
  programs: {
    deploy: subprocess({ command: ['/bin/sh', '-c', 'echo "$1" >> "${runs}"', 'sh'], params: ['commit'] }),
  },
  rules: [{ on: 'github.push', when: "branch == 'main'", run: 'deploy' }],
})`
}

async function setUp() {
  const { folder, remove } = makeFolder('')
  onTestFinished(remove)
  const cloudflared = new StandIn(folder, 'cloudflared.ts')
  const edges = () => cloudflared.calls().map(({ edge }) => edge)
  const github = await startGithub(({ hostname, pathname }) => {
    const [, start = ''] = /^quick-start-(\d+)\.trycloudflare\.com$/.exec(hostname) ?? []
    return `http://127.0.0.1:${edges()[Number(start) - 1]}${pathname}`
  })
  const runs = join(folder, 'runs')
  writeFileSync(runs, '')
  writeFileSync(join(folder, 'webhook.config.ts'), configOf(cloudflared.command, github.url, runs))
  const services: Service[] = []
  onTestFinished(async () => {
    for (const service of services) await service.stop()
  })
  const start = async () => {
    const service = await startService({ folder, env: ENV })
    services.push(service)
    return service
  }
  const logged = () => services.flatMap(({ lines }) => lines).join('\n')
  /** Waits until the only webhook leads to the tunnel that was started as the n-th. */
  const leadsTo = (n: number) =>
    until(
      async () => github.urls(),
      (urls) => urls.join() === `https://quick-start-${n}.trycloudflare.com/api/webhooks/github`,
      SECONDS,
    )
  const ran = (...commits: readonly string[]) =>
    until(
      async () => readFileSync(runs, 'utf8').split('\n').slice(0, -1),
      (found) => found.join() === commits.join(),
      SECONDS,
    )
  return { folder, cloudflared, github, start, logged, leadsTo, ran }
}

it('a webhook of GitHub outlasts the ends of its tunnel and of the service, and none runs twice', {
  timeout: 240_000,
}, async () => {
  const { folder, cloudflared, github, start, logged, leadsTo, ran } = await setUp()
  const limited = { 'x-ratelimit-remaining': '0', 'retry-after': '1' }
  github.faults.push(
    { call: /^POST .*\/hooks$/, answers: [{ status: 403, headers: limited }] },
    { call: /^PATCH /, answers: [{ status: 503 }] },
  )
  const first = await start()
  await leadsTo(1)
  expect(logged()).toMatch(/provider_rate_limited.*POST \/repos\/acme\/shop\/hooks/)
  const shown = await cli(['tunnel', '--url', first.url, '--token', ADMIN_TOKEN], { cwd: folder })
  expect(shown.stdout).toContain(`github  ${github.urls()[0]}`)
  expect(await github.push('a')).toBe(202)
  await ran('a')
  expect((await forged(first)).status).toBe(401)

  process.kill(cloudflared.call().pid, 'SIGKILL')
  await leadsTo(2)
  expect(logged()).toMatch(/provider_unavailable.*PATCH \/repos\/acme\/shop\/hooks\/1/)
  expect(await github.push('b')).toBe(202)
  await ran('a', 'b')

  await until(
    () => first.get<{ feeds: readonly FeedView[] }>('/api/catch-up'),
    ({ feeds }) => feeds[0]?.state === 'current',
    SECONDS,
  )
  // The service is killed while it waits for GitHub, so that nobody gives its claim up.
  github.faults.push({ call: /^PATCH /, answers: ['hang'] })
  const patches = () => github.calls.filter(({ method }) => method === 'PATCH').length
  const before = patches()
  process.kill(cloudflared.call().pid, 'SIGKILL')
  await until(
    async () => patches(),
    (count) => count > before,
    SECONDS,
  )
  const { pid } = cloudflared.call()
  await first.kill()
  await until(
    async () => isGroupAlive(pid),
    (alive) => !alive,
    SECONDS,
  )
  for (const commit of ['c', 'd', 'e']) expect(await github.push(commit)).toBe(0)

  // GitHub is told to deliver `d` again while the service asks for it.
  github.onFetch = async (commit) => {
    if (commit !== 'd') return
    github.onFetch = async () => {}
    await leadsTo(4)
    expect(await github.pushAgain(commit)).toBe(202)
  }
  github.faults.push({ call: /^PATCH /, answers: [{ status: 401 }, { status: 404 }] })
  const second = await start()
  for (const code of ['provider_unauthorized', 'provider_not_found']) {
    await until(async () => logged().includes(code), Boolean, SECONDS)
    await ask(second, '/api/registrations', { action: 'register' })
  }
  await leadsTo(4)
  await ran('a', 'b', 'c', 'd', 'e')
  expect(await github.push('f')).toBe(202)
  await ran('a', 'b', 'c', 'd', 'e', 'f')
  expect(await ask(second, '/api/catch-up', { since: '1h' })).toMatchObject({
    results: [{ count: 0, fault: null }],
  })
  const { deliveries } = await second.get<{
    deliveries: readonly { outcome: string; recovered: string | null }[]
  }>('/api/deliveries?outcome=accepted')
  expect(deliveries.map(({ recovered }) => recovered).toReversed()).toEqual([
    ...[null, null, 'verified', null, 'verified', null],
  ])
  for (const secret of [...Object.values(ENV), ADMIN_TOKEN]) expect(logged()).not.toContain(secret)
})

async function ask({ url }: Service, path: string, body: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' }
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  return answer.json()
}

/** A delivery at the plain port, rightly signed, of a stranger who claims to be GitHub. */
function forged({ url }: Service): Promise<Response> {
  const body = '{"ref":"refs/heads/main","after":"forged"}'
  const signature = createHmac('sha256', ENV.SECRET).update(body).digest('hex')
  const headers = {
    'content-type': 'application/json',
    'cf-connecting-ip': SENDER,
    'x-github-event': 'push',
    'x-hub-signature-256': `sha256=${signature}`,
  }
  return fetch(`${url}/api/webhooks/github`, { method: 'POST', headers, body })
}
