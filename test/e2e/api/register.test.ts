import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RegistrationView } from '../../../core/api/registrations/views.ts'
import { cli } from '../../core/cli/cli-process.ts'
import { PROVIDER_TOKEN, startStandIn } from '../../fixtures/providers/stand-ins.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService, until } from '../service.ts'

const ENV = { TOKEN: PROVIDER_TOKEN, SECRET: 'hook-secret-1234' }

function configOf(apiUrl: string, more = ''): string {
  return `import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { github } from 'hookline/sources'

export default defineConfig({
  ${more}
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
}

async function setUp() {
  const provider = await startStandIn('github')
  const urls = () =>
    [...(provider.hooks.get('/repos/acme/shop/hooks')?.values() ?? [])].map(
      (hook) => (hook['config'] as { url: string }).url,
    )
  return { provider, urls }
}

async function start(folder: string): Promise<Service> {
  const service = await startService({ folder, env: ENV })
  onTestFinished(() => service.stop().then(() => {}))
  return service
}

function registered(service: Service, state: RegistrationView['state'] = 'registered') {
  const list = async () => {
    const path = '/api/registrations'
    const answer = await service.get<{ registrations: readonly RegistrationView[] }>(path)
    return answer.registrations[0]
  }
  return until(list, (view) => view?.state === state)
}

describe('a service that registers its webhooks', { timeout: 120_000 }, () => {
  it('creates a hook, keeps it over restarts and changes its URL', async () => {
    const { provider, urls } = await setUp()
    const { folder, remove } = makeFolder(configOf(provider.url))
    onTestFinished(remove)
    // Both are on this machine, so they reach each other. Each start has another port.
    const first = await start(folder)
    expect(await registered(first)).toMatchObject({
      ...{ source: 'github', target: 'acme/shop', id: '1', events: ['push'], fault: null },
      url: `${first.url.replace('127.0.0.1', 'localhost')}/api/webhooks/github`,
    })
    await first.stop()
    const second = await start(folder)
    const url = `${second.url.replace('127.0.0.1', 'localhost')}/api/webhooks/github`
    await until(
      async () => urls(),
      (found) => found[0] === url,
    )
    expect(urls()).toEqual([url])

    const env = { HOOKLINE_URL: second.url, HOOKLINE_TOKEN: ADMIN_TOKEN }
    const run = (...words: string[]) => cli(words, { cwd: folder, env })
    expect((await run('registrations')).stdout).toMatch(/github +acme\/shop +registered +1 /)
    const dry = await run('unregister', 'github', 'acme/shop', '--dry-run')
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringMatching(/removed/) })
    expect(urls()).toHaveLength(1)
    const added = await run('register', 'github', 'acme', '--org', '--events', 'release,push')
    expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/org:acme +created/) })
    const list = (await run('registrations')).stdout
    expect(list).toMatch(/org:acme +registered, added by hand +2 .* push release/)
    expect(await run('unregister', 'github', 'org:acme', '--yes')).toMatchObject({ code: 0 })
    expect((await run('registrations')).stdout).not.toContain('org:acme')
    await run('unregister', 'github', '--yes')
    const none = { code: 0, stdout: 'No webhook is registered.\n', stderr: '' }
    expect(await run('unregister', 'github')).toEqual(none)
    expect((await run('unregister', 'gitlab')).stderr).toContain('code: registration_unknown')
    await run('register', 'github', 'acme/shop')
    const asked = await run('unregister')
    expect(asked.code).toBe(2)
    expect(asked.stderr).toContain('Remove 1 webhook at its provider: github acme/shop?')
    provider.next.push({ status: 403, body: { message: 'Resource not accessible' } })
    const failed = await run('register')
    expect(failed).toMatchObject({ code: 1, stdout: expect.stringMatching(/not accessible/) })
    const audit = await second.get<{ entries: { action: string; actor: string }[] }>('/api/audit')
    const acts = audit.entries.filter(({ action }) => action.startsWith('webhook.'))
    expect(acts.map(({ actor }) => actor)).toEqual([
      'hookline',
      'hookline',
      ...Array(4).fill('admin'),
    ])
    await second.stop()
    // What is left is not asked about where nothing can remove it.
    const plain = configOf(provider.url).replace(/register: .*/, '')
    writeFileSync(join(folder, 'webhook.config.ts'), plain)
    const third = await start(folder)
    const left = ['unregister', 'github', '--url', third.url, '--token', ADMIN_TOKEN]
    const refused = await cli(left, { cwd: folder })
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('has no option') })
    for (const { lines } of [first, second]) {
      expect(lines.join('\n')).not.toContain(PROVIDER_TOKEN)
      expect(lines.join('\n')).not.toContain(ENV.SECRET)
    }
  })

  it('registers no URL that its provider cannot reach, and says so', async () => {
    const { folder, remove } = makeFolder(configOf('https://api.github.com'))
    onTestFinished(remove)
    const service = await start(folder)
    const { fault } = (await registered(service, 'faulty')) ?? {}
    expect(fault).toMatchObject({
      code: 'registration_unreachable',
      message: expect.stringMatching(/localhost:\d+.* leads to this machine/),
      remedy: expect.stringContaining('tunnel'),
    })
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
    const page = async (path: string, form?: Record<string, string>) => {
      const body = form && new URLSearchParams(form)
      const more = body && { method: 'POST', body }
      return (await fetch(service.url + path, { headers, ...more })).text()
    }
    expect(await page('/connect/github')).toContain('leads to this machine')
    const path = '/connect/github/registrations'
    const refused = await page(path, { target: 'acme', events: '' })
    expect(refused).toMatch(/There is no target &#39;acme&#39;.*owner\/repository/)
    const given = { target: 'acme/site', events: 'push, release' }
    expect(await page(path, given)).toMatch(/notice bad[^<]*leads to this machine/)
    expect(await page('/')).toContain('The webhook of github at acme/shop could not be registered')
  })
})
