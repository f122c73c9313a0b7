import { describe, expect, it, onTestFinished } from 'vitest'
import type { TaskView } from '../../../core/api/tasks/views.ts'
import { HOOK_SECRET } from '../../fixtures/providers/deliveries.ts'
import { APP_ID, APP_KEY } from '../../fixtures/providers/github-app.ts'
import { type ReportStandIn, startReports } from '../../fixtures/providers/reports.ts'
import { PROVIDER_TOKEN } from '../../fixtures/providers/stand-ins.ts'
import { makeFolder, startService, until } from '../service.ts'
import { COMMIT, deliver, githubEvent, PUSHES } from './pushes.ts'

const NAMES = ['github', 'checks', 'gitlab', 'gitea', 'bitbucket'] as const

const configOf = (
  urls: Readonly<Record<string, string>>,
) => `import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { bitbucket, gitea, github, gitlab } from 'hookline/sources'

const secret = env('HOOK_SECRET')
const token = env('PROVIDER_TOKEN')
const app = { id: '${APP_ID}', privateKey: env('APP_KEY') }
const docs = "changedFiles('docs/**')"

export default defineConfig({
  sources: {
    github: github({ secret, api: { token, apiUrl: '${urls['github']}' } }),
    checks: github({ secret, api: { app, apiUrl: '${urls['checks']}' } }),
    gitlab: gitlab({ token: secret, api: { token, apiUrl: '${urls['gitlab']}' } }),
    gitea: gitea({ secret, api: { token, apiUrl: '${urls['gitea']}' } }),
    bitbucket: bitbucket({ secret, api: { token, apiUrl: '${urls['bitbucket']}' } }),
  },
  programs: { docs: subprocess({ command: ['true'] }) },
  rules: ['github.push', 'checks.push', 'gitlab.push', 'gitea.push', 'bitbucket.repo:push'].map(
    (on) => ({ name: on.split('.')[0], on, when: docs, run: 'docs', report: on.split('.')[0] }),
  ),
})
`

describe('changedFiles', { timeout: 120_000 }, () => {
  it('is judged by each provider when the push does not list all files', async () => {
    const standIns = await Promise.all(
      NAMES.map(async (name) => [name, await startReports(name === 'checks' ? 'github' : name)]),
    )
    const providers: Record<string, ReportStandIn> = Object.fromEntries(standIns)
    const urls = Object.fromEntries(Object.entries(providers).map(([name, { url }]) => [name, url]))
    const { folder, remove } = makeFolder(configOf(urls))
    onTestFinished(remove)
    const env = { HOOK_SECRET, PROVIDER_TOKEN, APP_KEY }
    const service = await startService({ folder, env })
    onTestFinished(async () => void (await service.stop()))
    const tasks = (source: string) =>
      service
        .get<{ tasks: readonly TaskView[] }>(`/api/tasks?source=${source}`)
        .then((page) => page.tasks)
    const ended = async (source: string, count: number) => {
      const isDone = (all: readonly TaskView[]) =>
        all.length === count && all.every(({ endedAt }) => endedAt !== null)
      const [newest] = await until(() => tasks(source), isDone, 30)
      return newest
    }
    for (const source of NAMES) {
      const provider = providers[source]
      if (provider === undefined) throw new Error(source)
      const push = () => {
        const made = PUSHES[source === 'checks' ? 'github' : source]?.()
        if (made === undefined) throw new Error(source)
        return deliver(`${service.url}/api/webhooks/${source}`, made)
      }
      provider.changed = ['src/a.ts']
      expect((await push()).status).toBe(202)
      expect(await ended(source, 1)).toMatchObject({
        ...{ state: 'cancelled', reason: '`changedFiles` did not match' },
      })
      provider.changed = ['src/a.ts', 'docs/index.md']
      await push()
      expect(await ended(source, 2)).toMatchObject({ state: 'succeeded' })
      // A forced push back to an earlier commit: its files are told, or it runs.
      provider.isForced = true
      await push()
      expect(await ended(source, 3)).toMatchObject({ state: 'succeeded' })
      provider.isForced = false
    }
    // Skipped is no failure.
    const github = providers['github']
    const skipped = await until(
      async () => github?.told ?? [],
      (told) => told.some(({ description }) => description.startsWith('Skipped')),
    )
    expect(skipped.map(({ state }) => state)).not.toContain('failure')

    // What the payload lists is asked for nowhere, and the sender waits for no call.
    const calls = github?.calls.filter(({ path }) => path.includes('/compare/')).length
    const list = (...modified: string[]) => ({ added: [], modified, removed: [] })
    const listed = (commits: object[], more: object = {}) =>
      deliver(
        `${service.url}/api/webhooks/github`,
        githubEvent('push', {
          ...{ ref: 'refs/heads/main', before: 'b'.repeat(40), after: COMMIT, commits },
          ...{ repository: { full_name: 'acme/shop' }, ...more },
        }),
      )
    await listed([list('src/a.ts')])
    await listed([list('docs/a.md')])
    expect(await ended('github', 4)).toMatchObject({ state: 'succeeded' })
    expect(github?.calls.filter(({ path }) => path.includes('/compare/')).length).toBe(calls)

    // A new branch cannot be compared, so it runs.
    await listed([], { before: '0'.repeat(40), created: true })
    expect(await ended('github', 5)).toMatchObject({ state: 'succeeded' })

    // An outage uses up no attempt.
    if (github === undefined) throw new Error('no github')
    github.instead = { status: 503, body: { message: 'down' } }
    github.changed = ['docs/index.md']
    const { ms } = await listed([list('src/a.ts')], { forced: true })
    expect(ms).toBeLessThan(2000)
    const [waiting] = await until(
      () => tasks('github'),
      ([newest]) => newest?.reason != null && newest.state === 'waiting',
    )
    expect(waiting).toMatchObject({
      attempts: 0,
      reason: expect.stringMatching(/^`changedFiles` could not be judged yet: GitHub: GET .* 503/),
    })
    github.instead = null
    expect(await ended('github', 6)).toMatchObject({ state: 'succeeded', attempts: 1 })
  })
})
