import { describe, expect, it } from 'vitest'
import { call, makeToken } from '../access/calls.ts'
import { ADMIN_TOKEN, openApp } from '../app.ts'

const SECRET = 'a secret of these tests'
const CONFIG = {
  sources: { box: { use: 'custom', options: { unverified: true, facts: { branch: 'branch' } } } },
  programs: {
    deploy: {
      use: 'subprocess',
      options: {
        command: ['/bin/deploy', '--key', SECRET],
        params: ['branch', 'size', { name: 'target', default: 'staging' }, 'missing', 'dash'],
        env: { STAGE: 'value of a variable' },
        secretEnv: { DEPLOY_KEY: SECRET },
        passEnv: [],
      },
    },
  },
  rules: [{ on: 'box', run: 'deploy' }],
}

// biome-ignore lint/suspicious/noExplicitAny: answers of many routes
type Answer = any

async function openInput(payload: object) {
  const opened = await openApp(CONFIG)
  const sent = await call(opened, 'POST /api/webhooks/box', { json: payload })
  const { tasks, delivery } = (await sent.json()) as Answer
  const ask = async (token = ADMIN_TOKEN): Promise<Answer> =>
    (await call(opened, `GET /api/tasks/${tasks[0].id}/input`, { token })).json()
  return { ...opened, ask, delivery, task: tasks[0].id }
}

describe('the input of a task', () => {
  it('is what a run gets, without secrets and values of variables', async () => {
    const { ask, task } = await openInput({ branch: 'main', size: 12, dash: '-rf' })
    const input = await ask()
    expect(input).toMatchObject({
      task,
      program: 'deploy',
      executor: 'subprocess',
      command: ['/bin/deploy', '--key', '[redacted]'],
      arguments: [
        { param: 'branch', value: 'main', error: null },
        { param: 'size', value: '12', hidden: false },
        { param: 'target', value: 'staging' },
        { param: 'missing', value: null, hidden: false, error: { code: 'param_missing' } },
        { param: 'dash', value: null, error: { code: 'param_refused' } },
      ],
      event: { source: 'box', facts: { branch: 'main' } },
      leftOut: [],
    })
    expect(input.variables).toEqual(
      expect.arrayContaining(['WEBHOOK_TASK_ID', 'WEBHOOK_BRANCH', 'STAGE', 'DEPLOY_KEY']),
    )
    expect(JSON.stringify(input)).not.toMatch(/a secret of|value of a variable/)
  })

  it('hides from a viewer what comes from the payload', async () => {
    const { ask, ...opened } = await openInput({ branch: 'main', size: 12 })
    const viewer = await makeToken(opened, 'eve', { role: 'viewer' })
    expect((await ask(viewer)).arguments).toMatchObject([
      { param: 'branch', value: 'main', hidden: false },
      { param: 'size', value: null, hidden: true },
      { param: 'target', value: 'staging', hidden: false },
      { param: 'missing', value: null, hidden: false },
      { param: 'dash', value: null, hidden: false },
    ])
  })

  it('cuts a long argument, and names what no environment could hold', async () => {
    const { ask } = await openInput({ branch: 'x'.repeat(40_000) })
    const { arguments: given, leftOut } = await ask()
    expect(given[0].value).toHaveLength(10_000)
    expect(leftOut).toEqual([{ variable: 'WEBHOOK_BRANCH', why: 'over 32 KiB' }])
  })
})

describe('the log of a task as a text', () => {
  it('has all of it, as it was written', async () => {
    const { task, ...opened } = await openInput({ branch: 'main' })
    const entry = { taskId: task, attempt: 1, at: Date.now() }
    const lines = Array.from(
      { length: 450 },
      (_, index) => `line ${index} \u001b[32m<b>\u001b[0m\n`,
    )
    for (const text of lines) {
      await opened.store.appendLog([{ ...entry, stream: 'stdout', text }])
    }
    const path = `GET /api/tasks/${task}/log?format=text`
    const answer = await call(opened, path, { token: ADMIN_TOKEN })
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(answer.headers.get('content-disposition')).toContain(`${task}.log`)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(await answer.text()).toBe(lines.join(''))
    const rest = await call(opened, `${path}&after=449`, { token: ADMIN_TOKEN })
    expect(await rest.text()).toBe(lines.at(-1))
  })

  it('is not shown with the task itself if nobody wants it', async () => {
    const { task, ...opened } = await openInput({ branch: 'main' })
    const entry = { taskId: task, attempt: 1, at: Date.now(), stream: 'stdout', text: 'x' } as const
    await opened.store.appendLog([entry, { ...entry, text: 'y' }])
    const show = async (query: string): Promise<Answer> =>
      (await call(opened, `GET /api/tasks/${task}${query}`, { token: ADMIN_TOKEN })).json()
    expect((await show('?tail=0')).log).toEqual([])
    expect((await show('?tail=1')).log).toMatchObject([{ text: 'y' }])
    expect((await show('')).log).toHaveLength(2)
  })
})
