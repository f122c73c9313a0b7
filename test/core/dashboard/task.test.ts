import { describe, expect, it } from 'vitest'
import { call, makeToken } from '../api/access/calls.ts'
import { ADMIN_TOKEN } from '../api/app.ts'
import { openDashboard } from './open-dashboard.ts'

const token = ADMIN_TOKEN
const HOSTILE = '"><img src=x onerror=alert(1)>'
const CONFIG = {
  sources: {
    box: { use: 'custom', options: { unverified: true, facts: { branch: 'branch' } } },
  },
  programs: {
    deploy: {
      use: 'subprocess',
      options: {
        command: ['/bin/deploy'],
        params: ['branch'],
        retry: { attempts: 3 },
        policy: { concurrency: 1 },
      },
    },
  },
  rules: [{ on: 'box', run: 'deploy' }],
}

type Opened = Awaited<ReturnType<typeof openTask>>

async function openTask(payload: object = { branch: 'main' }) {
  const opened = await openDashboard(Date.now, CONFIG)
  const send = async () => {
    const sent = await call(opened, 'POST /api/webhooks/box', { json: payload })
    const { tasks } = (await sent.json()) as { tasks: { id: string }[] }
    return tasks[0]?.id ?? ''
  }
  const task = await send()
  const show = async (as = token, headers = {}) =>
    (await call(opened, `GET /tasks/${task}`, { token: as, headers })).text()
  return { ...opened, send, task, show }
}

async function claim({ store }: Pick<Opened, 'store'>) {
  const program = { name: 'deploy', concurrency: 1, rateLimit: null }
  const [claimed] = await store.claim({
    node: 'node-1',
    limit: 1,
    leaseSeconds: 60,
    programs: [program],
  })
  if (claimed === undefined) throw new Error('nothing to claim')
  return claimed.lease
}

const FAILED = {
  attempt: 'failed',
  exitCode: 3,
  reason: 'exited with code 3',
  result: null,
} as const

async function announce({ store }: Pick<Opened, 'store'>, role: 'all' | 'receive') {
  const about = { labels: [], version: '1', config: 'x', startedAt: Date.now() }
  await store.announceNode({ ...about, name: 'node-1', role })
}

describe('the page of a task', () => {
  it('leaves a part of a page as it is where what it shows is gone', async () => {
    const opened = await openTask()
    const path = 'GET /tasks/tsk_01m8ky2kde00003r9tppxv7zdm'
    const headers = { 'hx-request': 'true' }
    expect((await call(opened, path, { token, headers })).status).toBe(204)
    expect((await call(opened, path, { token })).status).toBe(404)
  })

  it('says why a task waits: for a node, for others of its program, for its time', async () => {
    const alone = await openTask()
    await announce(alone, 'receive')
    expect(await alone.show()).toContain('No live node runs tasks.')

    const opened = await openTask()
    await announce(opened, 'all')
    expect(await opened.show()).toContain('It starts as soon as a node has a free slot.')
    const lease = await claim(opened)
    expect(await opened.show()).toContain('Running on node-1, attempt 1 of 3.')
    const next = await opened.send()
    const page = await (await call(opened, `GET /tasks/${next}`, { token })).text()
    expect(page).toContain('At most 1 of this program may run at once')
    expect(page).toContain(`href="/tasks/${lease.taskId}"`)
    await opened.store.settle(lease, { ...FAILED, state: 'waiting', dueAt: Date.now() + 60_000 })
    const waiting = await opened.show()
    expect(waiting).toContain('Attempt 1 failed: exited with code 3')
    expect(waiting).toContain('The next attempt, 2 of 3, is due')
  })

  it('says who paused what it waits for, and why', async () => {
    const opened = await openTask()
    const json = { reason: HOSTILE }
    await call(opened, 'PUT /api/pauses/program/deploy', { token, json })
    const page = await opened.show()
    expect(page).toContain('The program deploy was paused by admin')
    expect(page).toContain('&quot;&gt;&lt;img')
    expect(page).not.toContain('<img')
  })

  it('says how a task ended, and what was tried', async () => {
    const opened = await openTask()
    await opened.store.settle(await claim(opened), { ...FAILED, state: 'dead' })
    const page = await opened.show()
    expect(page).toContain('Dead after 1 attempt: exited with code 3')
    expect(page).toContain('Attempt 1 on node-1')
    expect(page).toContain('/bin/deploy main')
    expect(page).toContain('<code>WEBHOOK_BRANCH</code>')
    const chinese = await opened.show(token, { 'accept-language': 'zh-CN' })
    expect(chinese).toContain('尝试 1 次后失败终止：exited with code 3')
  })

  it('keeps text of senders and programs as text', async () => {
    const opened = await openTask({ branch: HOSTILE, type: HOSTILE, [HOSTILE]: HOSTILE })
    const lease = await claim(opened)
    const entry = { taskId: lease.taskId, attempt: lease.fence, at: Date.now() }
    await opened.store.appendLog([{ ...entry, stream: 'stderr', text: `${HOSTILE}\n` }])
    const result = JSON.stringify({ [HOSTILE]: HOSTILE })
    await opened.store.settle(lease, { ...FAILED, state: 'dead', reason: HOSTILE, result })
    const page = await opened.show()
    expect(page.match(/&quot;&gt;&lt;img src=x/g)?.length).toBeGreaterThan(5)
    expect(page).not.toContain('<img')
    expect(await (await call(opened, 'GET /tasks', { token })).text()).not.toContain('<img')
  })

  it('shows the end of a long log, with a link to the whole', async () => {
    const opened = await openTask()
    const lease = await claim(opened)
    const entry = { taskId: lease.taskId, attempt: lease.fence, stream: 'stdout' } as const
    for (let part = 0; part < 4; part++) {
      const text = `line ${part} ${'x'.repeat(70)}\n`.repeat(1000)
      await opened.store.appendLog([{ ...entry, at: Date.now(), text }])
    }
    const page = await opened.show()
    expect(page.match(/class="line stdout"/g)?.length).toBeLessThan(2000)
    expect(page).toContain('>line 3 ')
    expect(page).not.toContain('>line 0 ')
    expect(page).toContain(`/api/tasks/${lease.taskId}/log?format=text`)
    expect(page).not.toContain('data-part hidden')
  })

  it('offers a viewer nothing that an operator may do', async () => {
    const opened = await openTask()
    const viewer = await makeToken(opened, 'eve', { role: 'viewer' })
    expect(await opened.show()).toContain(`action="/tasks/${opened.task}/cancel"`)
    expect(await opened.show(viewer)).not.toContain('method="post" action="/tasks/')
  })

  it('is not there for a task that is not', async () => {
    const opened = await openDashboard()
    const answer = await call(opened, 'GET /tasks/tsk_none', { token })
    expect(answer.status).toBe(404)
    expect(await answer.text()).toContain('There is no task')
    expect((await call(opened, 'GET /tasks/tsk_none/log', { token })).status).toBe(404)
  })
})

describe('the stream of a log', () => {
  it('goes on where the page ends, in its colour and line', async () => {
    const opened = await openTask()
    const lease = await claim(opened)
    const write = (text: string) =>
      opened.store.appendLog([
        { taskId: lease.taskId, attempt: lease.fence, stream: 'stdout', at: Date.now(), text },
      ])
    await write('\u001b[31mone')
    const [, after] = /log\?after=(\d+)/.exec(await opened.show()) ?? []
    await write(' two\nthree\n')
    const answer = await call(opened, `GET /tasks/${lease.taskId}/log?after=${after}`, { token })
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    await opened.store.settle(lease, { ...FAILED, state: 'dead' })
    const messages = (await answer.text()).split('\n\n').filter((message) => message !== '')
    expect(messages).toHaveLength(2)
    const [lines = '', end] = messages
    expect(lines).toContain(`id: 2\n`)
    const shown = JSON.parse(lines.slice(lines.indexOf('data: ') + 6)) as string
    expect(shown).toContain('data-joins="continues"><span class="ansi-red"> two</span>')
    expect(shown).toContain('<span class="ansi-red">three</span>')
    expect(end).toContain('event: end')
  })
})
