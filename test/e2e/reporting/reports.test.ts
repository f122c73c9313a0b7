import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ReportView, TaskView } from '../../../core/api/tasks/views.ts'
import { cli } from '../../core/cli/cli-process.ts'
import { HOOK_SECRET } from '../../fixtures/providers/deliveries.ts'
import { APP_ID, APP_KEY } from '../../fixtures/providers/github-app.ts'
import { type ReportStandIn, startReports } from '../../fixtures/providers/reports.ts'
import { PROVIDER_TOKEN } from '../../fixtures/providers/stand-ins.ts'
import { ADMIN_TOKEN, makeFolder, startService, until } from '../service.ts'
import { COMMIT, deliver, githubEvent, PUSHES } from './pushes.ts'

const PUBLIC = 'https://hooks.example.com'
const TOLD_SECRET = 'secret-that-a-program-prints'
/** Waits for a file that is named like the task, and ends as it says. */
const PROGRAM = `echo 'begun \`\`\` <b>with</b>' "$TOLD"; until [ -s "ends/$WEBHOOK_TASK_ID" ]; do sleep 0.05; done; exit $(cat "ends/$WEBHOOK_TASK_ID")`

type Urls = Readonly<Record<string, string>>

const configOf = (urls: Urls) => `import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { bitbucket, gitea, github, gitlab, slack } from 'hookline/sources'

const secret = env('HOOK_SECRET')
const token = env('PROVIDER_TOKEN')
const app = { id: '${APP_ID}', privateKey: env('APP_KEY') }

export default defineConfig({
  publicUrl: '${PUBLIC}',
  sources: {
    github: github({ secret, api: { token, apiUrl: '${urls['github']}' } }),
    checks: github({ secret, api: { app, apiUrl: '${urls['checks']}' } }),
    gitlab: gitlab({ token: secret, api: { token, apiUrl: '${urls['gitlab']}' } }),
    gitea: gitea({ secret, api: { token, apiUrl: '${urls['gitea']}' } }),
    bitbucket: bitbucket({ secret, api: { token, apiUrl: '${urls['bitbucket']}' } }),
    slack: slack({ secret, api: { token, channel: 'C1', apiUrl: '${urls['slack']}' } }),
  },
  programs: {
    deploy: subprocess({
      command: ['sh', '-c', ${JSON.stringify(PROGRAM)}],
      cwd: '.',
      env: { TOLD: env('TOLD_SECRET') },
      retry: { attempts: 1 },
    }),
  },
  rules: [
    { name: 'site', on: 'github.push', run: 'deploy', report: 'github' },
    { on: 'checks.push', run: 'deploy', report: { to: 'checks', name: 'ci / deploy' } },
    { on: 'gitlab.push', run: 'deploy', report: 'gitlab' },
    { on: 'gitea.push', run: 'deploy', report: 'gitea' },
    { on: 'bitbucket.repo:push', run: 'deploy', report: 'bitbucket' },
    { on: 'gitea.push', run: 'deploy', report: { to: 'slack', name: 'shop', output: false } },
  ],
})
`

type ShownTask = TaskView & { readonly report: ReportView }

async function setUp() {
  const names = ['github', 'gitlab', 'gitea', 'bitbucket', 'slack'] as const
  const standIns = await Promise.all(
    names.map(async (name) => [name, await startReports(name)] as const),
  )
  const providers = Object.fromEntries([...standIns, ['checks', await startReports('github')]])
  const urls = Object.fromEntries(Object.entries(providers).map(([name, { url }]) => [name, url]))
  const { folder, remove } = makeFolder(configOf(urls))
  onTestFinished(remove)
  mkdirSync(join(folder, 'ends'))
  const start = async () => {
    const secrets = { HOOK_SECRET, PROVIDER_TOKEN, APP_KEY, TOLD_SECRET }
    const service = await startService({ folder, env: secrets })
    onTestFinished(async () => void (await service.stop()))
    const push = (source: string) => {
      const made = PUSHES[source === 'checks' ? 'github' : source]?.()
      if (made === undefined) throw new Error(`no push of ${source}`)
      return deliver(`${service.url}/api/webhooks/${source}`, made)
    }
    const tasks = (source: string) =>
      service
        .get<{ tasks: readonly TaskView[] }>(`/api/tasks?source=${source}`)
        .then((page) => page.tasks)
    const shown = (id: string) => service.get<ShownTask>(`/api/tasks/${id}`)
    return { ...service, push, tasks, shown }
  }
  const end = (taskId: string, code: number) =>
    writeFileSync(join(folder, 'ends', taskId), `${code}\n`)
  const restart = () => {
    for (const name of readdirSync(join(folder, 'ends'))) rmSync(join(folder, 'ends', name))
  }
  const of = (name: string): ReportStandIn => {
    const found = providers[name]
    if (found === undefined) throw new Error(`no provider ${name}`)
    return found
  }
  return { folder, start, end, restart, of }
}

const told = (provider: ReportStandIn) => provider.told.map(({ state }) => state)
const toldOnce = (provider: ReportStandIn, state: string) =>
  until(
    async () => told(provider),
    (states) => states.at(-1) === state,
  )

describe('reports', { timeout: 180_000 }, () => {
  it('tell each provider how a task goes, in its own words, and of a run again', async () => {
    const { folder, start, end, restart, of } = await setUp()
    const service = await start()
    const expected = {
      github: ['pending', 'success', 'pending', 'failure'],
      gitlab: ['running', 'success', 'running', 'failed'],
      gitea: ['pending', 'success', 'pending', 'failure'],
      bitbucket: ['INPROGRESS', 'SUCCESSFUL', 'INPROGRESS', 'FAILED'],
      checks: ['in_progress', 'success', 'in_progress', 'failure'],
    }
    for (const [name, [running = '', success = '', , failed = '']] of Object.entries(expected)) {
      expect((await service.push(name)).status).toBe(202)
      // The oldest: the task of a second rule is for Slack.
      const tasks = await until(
        () => service.tasks(name),
        (all) => all.length > 0 && all.every(({ state }) => state === 'running'),
      )
      const id = tasks.at(-1)?.id ?? ''
      await toldOnce(of(name), running)
      for (const { id: each } of await service.tasks(name)) end(each, 0)
      await toldOnce(of(name), success)
      // What was told is kept for people.
      const isTold = ({ report }: ShownTask) => report?.state === 'succeeded'
      const { report } = await until(() => service.shown(id), isTold)
      expect(report).toMatchObject({ fault: null, nextTryAt: null })
      const shownAt = of(name).told.at(-1)
      expect(shownAt).toMatchObject({
        description: expect.stringMatching(/^Succeeded in [\d.]+ s$/),
        url: `${PUBLIC}/tasks/${id}`,
      })
      if (name === 'checks') {
        // As a person does it at GitHub.
        const [run] = of('checks').checkRuns
        const check_run = { id: run?.id, head_sha: COMMIT, external_id: id }
        const payload = { action: 'rerequested', check_run, repository: { full_name: 'acme/shop' } }
        const asked = githubEvent('check_run', payload)
        restart()
        expect((await deliver(`${service.url}/api/webhooks/checks`, asked)).status).toBe(202)
      } else {
        restart()
        await service.post(`/api/tasks/${id}/retry`)
      }
      await toldOnce(of(name), running)
      end(id, 3)
      await toldOnce(of(name), failed)
      // A queue is told only where the task waits for long enough to be seen.
      const states = told(of(name)).filter((state) => !/^(queued|pending)$/.test(state))
      expect(states).toEqual(expected[name as keyof typeof expected].filter((s) => s !== 'pending'))
    }
    expect(of('github').told[0]).toMatchObject({
      place: `acme/shop ${COMMIT}`,
      name: 'hookline/site',
    })
    expect(of('gitlab').told[0]?.place).toBe(`acme/tools/shop ${COMMIT}`)
    const [first, second] = of('checks').checkRuns
    expect(second?.output.title).toMatch(/^Failed in [\d.]+ s: /)
    expect(first).toMatchObject({ name: 'ci / deploy', conclusion: 'success' })
    expect(first?.output.summary).toContain('````text\nbegun ``` <b>with</b> [redacted]\n````')
    expect(first?.output.summary).not.toContain(TOLD_SECRET)
    const messages = of('slack').told.map(({ name, state }) => [name, state])
    expect(messages.at(0)?.[0]).toBe('/chat.postMessage')
    expect(messages).toContainEqual(['/chat.update', ':white_check_mark:'])
    expect(of('slack').told.at(-1)?.description).not.toContain('begun')
    const [entry] = (
      await service.get<{ entries: readonly { action: string; actor: string; detail: string }[] }>(
        '/api/audit?action=task.retry&limit=100',
      )
    ).entries.filter(({ actor }) => actor === 'hookline')
    expect(entry).toMatchObject({ action: 'task.retry', actor: 'hookline' })
    const env = { HOOKLINE_URL: service.url, HOOKLINE_TOKEN: ADMIN_TOKEN }
    const [{ id = '' } = {}] = await service.tasks('checks')
    const { stdout } = await cli(['task', id], { cwd: folder, env })
    expect(stdout).toMatch(/^report: +checks: told failed$/m)
    for (const line of service.lines) expect(line).not.toContain(PROVIDER_TOKEN)
  })

  it('end right after kill -9, an outage and a refusal, and hold up nothing', async () => {
    const { start, end, of } = await setUp()
    const github = of('github')
    const checks = of('checks')
    let service = await start()
    // The provider takes no calls, and the sender waits for none.
    github.instead = 'hang'
    const { status, ms } = await service.push('github')
    expect(status).toBe(202)
    expect(ms).toBeLessThan(2000)
    await service.push('checks')
    await toldOnce(checks, 'in_progress')
    const [one] = await service.tasks('github')
    const [other] = await service.tasks('checks')
    if (one === undefined || other === undefined) throw new Error('no task')
    // Killed between running and the conclusion: one is told while the answer is lost.
    end(one.id, 0)
    const cut = Promise.withResolvers<void>()
    checks.onCall = ({ method }) => {
      if (method === 'PATCH') cut.resolve()
    }
    checks.instead = 'hang'
    end(other.id, 0)
    await cut.promise
    await until(
      () => service.shown(one.id),
      ({ state }) => state === 'succeeded',
    )
    await service.kill()
    github.instead = { status: 503, body: { message: 'down' } }
    checks.instead = null
    service = await start()
    await toldOnce(checks, 'success')
    expect(checks.checkRuns).toHaveLength(1)
    const failing = await until(
      () => service.shown(one.id),
      ({ report }) => report?.fault?.code === 'provider_unavailable',
    )
    expect(failing).toMatchObject({ state: 'succeeded', report: { nextTryAt: expect.any(String) } })
    await service.kill()
    github.instead = null
    github.next.push({ status: 429, headers: { 'retry-after': '1' }, body: { message: 'slow' } })
    service = await start()
    await toldOnce(github, 'success')
    expect(told(github)).toEqual(['success'])

    // A token without the permission.
    github.instead = { status: 403, body: { message: 'Resource not accessible' } }
    await service.push('github')
    const [refused] = await service.tasks('github')
    end(refused?.id ?? '', 0)
    const { report } = await until(
      () => service.shown(refused?.id ?? ''),
      (task) => task.state === 'succeeded' && task.report?.fault?.code === 'provider_forbidden',
    )
    expect(report?.fault?.message).toMatch(/answered with 403: Resource not accessible/)
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
    const page = await fetch(`${service.url}/tasks/${refused?.id}`, { headers })
    expect(await page.text()).toContain('Resource not accessible. Give the token')
    const logged = service.lines.filter((line) => line.includes('a report could not be sent'))
    expect(logged.join('\n')).toContain('provider_forbidden')
  })
})
