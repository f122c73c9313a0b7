import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StatsView } from '../../../core/api/stats/stats.ts'
import { ADMIN_TOKEN, type Service, startService, until } from '../../e2e/service.ts'
import { cli, emptyFolder } from './cli-process.ts'

const { folder, remove } = emptyFolder()
const DOWN = join(folder, 'down')
let service: Service

writeFileSync(
  join(folder, 'webhook.config.json'),
  JSON.stringify({
    sources: { box: { use: 'custom', options: { unverified: true, type: { path: 'kind' } } } },
    programs: {
      paint: { use: 'subprocess', options: { command: ['true'] } },
      call: {
        use: 'subprocess',
        options: {
          command: ['/bin/sh', '-c', '! test -e down'],
          retry: { attempts: 1 },
          breaker: { after: 1, probe: '1h' },
        },
      },
    },
    rules: [
      { name: 'each', on: 'box.paint', run: 'paint' },
      { on: 'box.call', run: 'call' },
    ],
  }),
)

beforeAll(async () => {
  service = await startService({ folder })
}, 60_000)
afterAll(async () => {
  await service?.kill()
  remove()
})

const run = (...args: string[]) => cli(args, { cwd: folder, env: { HOOKLINE_TOKEN: ADMIN_TOKEN } })

/** What a command answers as JSON. */
async function read(...args: string[]) {
  const { stdout, stderr } = await run(...args, '--json')
  expect(stderr).toBe('')
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect of it
  return JSON.parse(stdout) as any
}

async function deliver(kind: 'paint' | 'call'): Promise<string> {
  const answer = await fetch(`${service.url}/api/webhooks/box`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind }),
  })
  const { tasks } = (await answer.json()) as { tasks: { id: string }[] }
  return tasks[0]?.id ?? ''
}

const inState = (id: string, wanted: string) =>
  until(
    () => service.get<{ state: string }>(`/api/tasks/${id}`),
    ({ state }) => state === wanted,
    60,
  )

describe('the commands of those who operate a service', { timeout: 240_000 }, () => {
  it('pause a rule, show it, and resume it', async () => {
    expect(await run('pauses')).toEqual({ code: 0, stdout: 'Nothing is paused.\n', stderr: '' })
    const paused = await run('pause', 'rule', 'each', '--reason', 'new paint')
    expect(paused.stdout).toMatch(/^KIND +NAME +STATE +SINCE +BY +NEXT PROBE +REASON\n/)
    expect(paused.stdout).toMatch(/\nrule +each +paused +\S+Z +\S+ +- +new paint\n$/)
    expect((await run('pauses')).stdout).toBe(paused.stdout)
    const task = await deliver('paint')
    expect((await run('task', task)).stdout).toMatch(/paused by: +rule each.*new paint/)
    expect((await run('tasks')).stdout).toMatch(/Z +rule each is paused\n/)
    const resumed = await run('resume', 'rule', 'each')
    expect(resumed).toEqual({ code: 0, stdout: 'rule each runs again\n', stderr: '' })
    await inState(task, 'succeeded')
    expect(await read('pauses')).toEqual({ pauses: [] })
  })

  it('say what is wrong with a name, and what is not paused', async () => {
    const unknown = await run('pause', 'program', 'pant')
    expect([unknown.code, unknown.stdout]).toEqual([1, ''])
    expect(unknown.stderr).toContain('Did you mean `paint`?')
    const other = await run('resume', 'program', 'paint')
    expect([other.code, other.stdout]).toEqual([1, ''])
    expect(other.stderr).toContain("The program 'paint' is not paused.")
  })

  it('show a breaker that is open, close it, and say why tasks are dead', async () => {
    writeFileSync(DOWN, '')
    const task = await deliver('call')
    await inState(task, 'dead')
    const { pauses } = await read('pauses')
    const reason = `one task dead in a row, the last ${task}`
    expect(pauses).toMatchObject([{ kind: 'program', name: 'call', by: 'breaker', reason }])
    const [{ since, breaker }] = pauses
    expect(Date.parse(breaker.probeAt) - Date.parse(since)).toBe(3_600_000)
    const shown = (await run('pauses')).stdout
    expect(shown).toContain(`  ${breaker.probeAt}  `)
    expect(shown).toContain(reason)

    rmSync(DOWN)
    const held = await deliver('call')
    expect((await run('task', held)).stdout).toContain('program call')
    expect((await run('resume', 'program', 'call')).code).toBe(0)
    await inState(held, 'succeeded')

    await until(
      () => service.get<{ errors: object[] }>('/api/errors'),
      (answer) => answer.errors.length > 0,
    )
    expect((await run('errors')).stdout).toMatch(
      /^TASKS +PROGRAM +REASON +FIRST +LAST +LAST TASK\n1 +call +\S/,
    )
    expect((await run('errors', '--program', 'paint')).stdout).toBe('No task is dead.\n')
    expect((await read('errors', '--since', '1h')).errors).toMatchObject([
      { program: 'call', count: 1, lastTask: task },
    ])
  })

  it('count what arrived and what ran', async () => {
    await until(
      () => service.get<StatsView>('/api/stats?since=1h'),
      ({ totals }) => totals.accepted.value + totals.succeeded.value + totals.dead.value === 6,
    )
    const { stdout } = await run('stats', '--since', '1h')
    expect(stdout).toMatch(
      /^from: +\S+Z\nto: +\S+Z\nwaiting: +0\nrunning: +0\nsucceeded: +66.7 %\n/,
    )
    expect(stdout).toMatch(/\nbox +3 +0 +0\n/)
    expect(stdout).toMatch(/\ncall +2 +1 +1 +0 /)
    expect(stdout).toMatch(/\npaint +1 +1 +0 +0 +\S.*(ms|s)/)
    expect((await read('stats')).queue.waiting.value).toBe(0)
    const faulty = await run('stats', '--since', 'soon')
    expect([faulty.code, faulty.stdout]).toEqual([1, ''])
    expect(faulty.stderr).toContain('since: must be a time')
  })
})
