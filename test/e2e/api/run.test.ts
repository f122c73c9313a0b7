import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TaskView } from '../../../core/api/tasks/views.ts'
import { cli } from '../../core/cli/cli-process.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService, until } from '../service.ts'

const { folder, remove } = makeFolder(`
import { defineConfig } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'
const sh = (script, more) => subprocess({ command: ['/bin/sh', '-c', script, 'sh'], ...more })
export default defineConfig({
  sources: { hook: custom({ token: 'token-of-this-test' }) },
  programs: {
    show: sh('echo "$1 $2 $WEBHOOK_RULE $WEBHOOK_EVENT $WEBHOOK_BRANCH"', {
      params: ['branch', { name: 'data.size', default: '0' }],
    }),
    fail: sh('exit 3', { retry: { attempts: 1 } }),
    notify: sh('echo "$1 of $2 is dead"', { params: ['program', 'rule'] }),
  },
  rules: [{ on: 'hook.push', run: 'show' }, { on: 'hookline.task.dead', run: 'notify' }],
})`)
let service: Service

beforeAll(async () => {
  service = await startService({ folder })
}, 30_000)
afterAll(async () => {
  await service.stop()
  remove()
})

function hookline(...words: readonly string[]) {
  return cli([...words, '--url', service.url, '--token', ADMIN_TOKEN], { cwd: folder })
}

describe('hookline run', { timeout: 60_000 }, () => {
  it('runs a program with params, and prints what it does', async () => {
    const words = ['--param', 'branch=main', '--param', 'data.size=a b', '--wait']
    const { code, stdout, stderr } = await hookline('run', 'show', ...words)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^task: +tsk_\w+\ndelivery: +dlv_\w+\n/)
    expect(stdout).toMatch(/^main a b @manual @manual\.run main\nshow \(tsk_\w+\): succeeded\n$/m)
  })

  it('takes an event of a file, or of a stored delivery', async () => {
    const facts = { branch: 'topic' }
    const event = { type: 'push', source: 'hook', facts, payload: { data: { size: 7 } } }
    writeFileSync(join(folder, 'event.json'), JSON.stringify(event))
    const given = await hookline('run', 'show', '--event', 'event.json', '--wait')
    expect(given.stdout).toMatch(/^topic 7 @manual hook\.push topic\n/m)
    const sent = await fetch(`${service.url}/api/webhooks/hook`, {
      method: 'POST',
      headers: { 'x-webhook-token': 'token-of-this-test', 'content-type': 'application/json' },
      body: JSON.stringify({ event: 'push', data: { size: 8 }, branch: 'stored' }),
    })
    const { delivery } = (await sent.json()) as { delivery: string }
    const again = await hookline('run', 'show', '--delivery', delivery, '--json')
    const { task } = JSON.parse(again.stdout) as { task: string }
    const ended = await until(
      () => service.get<TaskView & { log: { text: string }[] }>(`/api/tasks/${task}`),
      ({ state }) => state !== 'waiting' && state !== 'running',
    )
    expect(ended.log[0]?.text).toBe('stored 8 @manual hook.push stored\n')
  })

  it('exits with 1 if the program fails, which is told as of any task', async () => {
    const { code, stdout } = await hookline('run', 'fail', '--wait')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^fail \(tsk_\w+\): dead: /m)
    const { tasks } = await until(
      () => service.get<{ tasks: TaskView[] }>('/api/tasks?program=notify'),
      (answer) => answer.tasks[0]?.state === 'succeeded',
    )
    const { log } = await service.get<{ log: { text: string }[] }>(`/api/tasks/${tasks[0]?.id}`)
    expect(log[0]?.text).toBe('fail of @manual is dead\n')
    const [, failed = ''] = /^delivery: +(\w+)$/m.exec(stdout) ?? []
    expect((await hookline('explain', failed)).stdout).toMatch(/@manual.*fail/)
  })

  it('says what is wrong', async () => {
    const cases = [
      [['run', 'shwo'], 'Did you mean `show`?'],
      [['run', 'show'], 'no value for the param `branch`'],
      [['run', 'show', '--event', 'webhook.config.ts'], 'is not JSON'],
    ] as const
    for (const [words, message] of cases) {
      const { code, stdout, stderr } = await hookline(...words)
      expect([code === 0, stdout]).toEqual([false, ''])
      expect(stderr).toContain(message)
    }
  })
})
