import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli } from '../../core/cli/cli-process.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService, until } from '../service.ts'

const { folder, remove } = makeFolder(`
import { defineConfig } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'
const fail = subprocess({ command: ['/bin/false'], retry: { attempts: 1 } })
export default defineConfig({
  sources: { hook: custom({ token: 'token-of-this-test' }) },
  programs: { fail, other: fail },
  rules: [
    { on: 'hook.thing', run: ['fail', 'other'] },
    { on: 'hook.held', run: 'other', approval: { by: ['admin'], timeout: '1h' } },
  ],
})`)
let service: Service

beforeAll(async () => {
  service = await startService({ folder })
  for (let count = 0; count < 3; count++) await send('thing')
  await until(
    () => service.get<{ tasks: unknown[] }>('/api/tasks?state=dead'),
    ({ tasks }) => tasks.length === 6,
  )
}, 60_000)
afterAll(async () => {
  await service.stop()
  remove()
})

function send(event: string): Promise<Response> {
  return fetch(`${service.url}/api/webhooks/hook`, {
    method: 'POST',
    headers: { 'x-webhook-token': 'token-of-this-test', 'content-type': 'application/json' },
    body: JSON.stringify({ event }),
  })
}

async function hookline(...words: readonly string[]): Promise<string> {
  const access = ['--url', service.url, '--token', ADMIN_TOKEN]
  const { code, stdout, stderr } = await cli([...words, ...access], { cwd: folder })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

describe('hookline retry, cancel and replay with --all', { timeout: 120_000 }, () => {
  it('counts, retries and waits, and lists the job', async () => {
    const filter = ['--all', '--program', 'fail', '--since', '1h']
    const counted = await hookline('retry', ...filter, '--dry-run')
    expect(counted).toMatch(
      /^3 tasks would be retried\.\n\nThe newest:\nTASK +PROGRAM +CREATED +REASON\n(tsk_\w+ +fail +\S+Z +exited with code 1\n){3}$/,
    )
    const replayed = await hookline('replay', '--all', '--source', 'hook', '--dry-run')
    expect(replayed).toMatch(/\nDELIVERY +SOURCE +RECEIVED +REASON\n(dlv_\w+ +hook +\S+Z +-\n){3}$/)
    const retried = await hookline('retry', ...filter, '--wait')
    expect(retried).toMatch(/^job: +job_\w+\naction: +retry\nfilter: +program=fail, since=/)
    expect(retried).toMatch(/^state: +succeeded\nprogress: +3 of 3\n/m)
    expect(await hookline('jobs')).toMatch(/^JOB .*\njob_\w+ +retry +succeeded +3 of 3 +0 +admin/)
    const [, id = ''] = /^job: +(\w+)$/m.exec(retried) ?? []
    expect(await hookline('jobs', 'show', id)).toBe(retried)
  })

  it('replays deliveries, and cancels tasks', async () => {
    expect(await hookline('replay', '--all', '--source', 'hook', '--wait')).toContain('3 of 3')
    const cancelled = JSON.parse(
      await hookline('cancel', '--all', '--yes', '--program', 'none', '--json'),
    ) as { id: string; filter: object }
    expect(cancelled.filter).toEqual({ program: 'none' })
    // There is nothing to ask about.
    expect(await hookline('cancel', '--all', '--program', 'none')).toBe('No task was selected.\n')
    const nothing = await hookline('cancel', '--all', '--program', 'none', '--json')
    expect(JSON.parse(nothing)).toMatchObject({ action: 'cancel', count: 0, sample: [] })
    const { code, stderr } = await cli(
      ['jobs', 'cancel', 'none', '--url', service.url, '--token', ADMIN_TOKEN],
      { cwd: folder },
    )
    expect([code, stderr]).toEqual([1, expect.stringContaining('job_unknown')])
  })

  it('says what holds the tasks back', async () => {
    expect((await send('held')).status).toBe(202)
    const counted = await hookline('cancel', '--all', '--approval', 'pending', '--dry-run')
    expect(counted).toMatch(/^1 task would be cancelled\..*waits for an approval\n$/s)
  })
})
