import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { FeedView } from '../../../core/api/catch-up/views.ts'
import { cli } from '../../core/cli/cli-process.ts'
import { githubRequest, HOOK_SECRET, startDeliveries } from '../../fixtures/providers/deliveries.ts'
import { PROVIDER_TOKEN } from '../../fixtures/providers/stand-ins.ts'
import { ADMIN_TOKEN, makeFolder, startService, until } from '../service.ts'

const CONFIG = (apiUrl: string) => `import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { github } from 'hookline/sources'

export default defineConfig({
  sources: {
    github: github({
      secret: env('SECRET'),
      register: { repositories: ['acme/shop'], token: env('TOKEN'), apiUrl: '${apiUrl}' },
    }),
  },
  programs: { build: subprocess({ command: ['true'] }) },
  rules: [{ on: 'github.push', run: 'build' }],
})
`

interface Delivery {
  readonly id: string
  readonly outcome: string
  readonly recovered: string | null
}

describe('a service that was down', { timeout: 180_000 }, () => {
  it('recovers what it has missed once, also if it is killed while it does', async () => {
    let hookUrl = ''
    const provider = await startDeliveries('github', () => hookUrl)
    const { folder, remove } = makeFolder(CONFIG(provider.url))
    onTestFinished(remove)
    const start = async () => {
      const env = { SECRET: HOOK_SECRET, TOKEN: PROVIDER_TOKEN }
      const service = await startService({ folder, env })
      onTestFinished(() => service.stop().then(() => {}))
      hookUrl = `${service.url.replace('127.0.0.1', 'localhost')}/api/webhooks/github`
      return service
    }
    const deliver = async (guid: string) => {
      const one = { guid, at: Date.now() }
      const { headers, payload } = githubRequest(one)
      const request = { method: 'POST', headers, body: JSON.stringify(payload) }
      const status = await fetch(hookUrl, request).then(
        (answer) => answer.status,
        () => 0,
      )
      provider.tried.push({ ...one, status })
      return status
    }

    const first = await start()
    const feed = () =>
      first.get<{ feeds: readonly FeedView[] }>('/api/catch-up').then(({ feeds }) => feeds[0])
    await until(feed, (view) => view?.state === 'current')
    expect(await deliver('arrived')).toBe(202)
    await first.kill()
    for (const guid of ['one', 'two', 'three']) expect(await deliver(guid)).toBe(0)

    // The second is killed while it fetches: one is stored then, two are not.
    const fetched = Promise.withResolvers<void>()
    provider.onCall = async ({ path }) => {
      if (!path.endsWith('/deliveries/2')) return
      fetched.resolve()
      await once(second.child, 'exit')
    }
    const second = await start()
    await fetched.promise
    await second.kill()
    provider.onCall = () => {}
    const third = await start()
    const list = () =>
      third
        .get<{ deliveries: readonly Delivery[] }>('/api/deliveries')
        .then(({ deliveries }) => deliveries.toReversed())
    const stored = await until(list, (deliveries) => deliveries.length >= 4, 60)
    expect(stored.map(({ outcome, recovered }) => [outcome, recovered])).toEqual([
      ['accepted', null],
      ['accepted', 'verified'],
      ['accepted', 'verified'],
      ['accepted', 'verified'],
    ])

    const env = { HOOKLINE_URL: third.url, HOOKLINE_TOKEN: ADMIN_TOKEN }
    const run = (...words: string[]) => cli(words, { cwd: folder, env })
    const again = await run('catch-up', 'github', '--since', '1h')
    expect(again).toMatchObject({ code: 0, stdout: 'github acme/shop: nothing was missed\n' })
    const status = await run('catch-up', '--status')
    expect(status.stdout).toMatch(/^github +acme\/shop +current +\d /m)
    expect((await run('deliveries')).stdout).toMatch(/recovered \(verified\)/)
    provider.tried.push({ guid: 'four', at: Date.now(), status: 502 })
    const dry = await run('catch-up', '--since', '1h', '--dry-run')
    expect(dry.stdout).toMatch(/^four +push +\S+ +missed +-/m)
    expect(await list()).toHaveLength(4)
    const read = async (path: string) => {
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
      return (await fetch(`${third.url}${path}`, { headers })).text()
    }
    const text = await read('/metrics')
    expect(text).toMatch(/^hookline_recovered_total\{source="github"\} [12]$/m)
    expect(text).toMatch(/^hookline_catch_up_last_success_timestamp_seconds [1-9]/m)
    expect(await read('/api/audit')).toContain('catch_up.run')
    for (const path of ['/deliveries', `/deliveries/${stored[1]?.id}`, '/connect/github']) {
      expect(await read(path)).toContain('Recovered')
    }
    provider.onCall = ({ path }) => {
      // The next call is for the delivery itself.
      if (path.endsWith('/deliveries')) provider.next.push({ status: 403 })
    }
    const failed = await run('catch-up')
    expect(failed).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/It ended early: GitHub/),
    })
    expect(await read('/')).toContain('cannot be asked for at acme/shop')
    for (const { lines } of [first, second, third]) {
      expect(lines.join('\n')).not.toContain(PROVIDER_TOKEN)
    }
  })
})
