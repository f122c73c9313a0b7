import { describe, expect, it } from 'vitest'
import { openSqlite } from '../../plugins/stores/sqlite/open-sqlite.ts'
import { call, HOST } from '../api/access/calls.ts'
import { ADMIN_TOKEN } from '../api/app.ts'
import { openConfigApp } from '../api/config/app.ts'
import { ConfigFolder, JSON_CONFIG } from '../config/config-folder.ts'
import { mountPages } from './open-dashboard.ts'

const token = ADMIN_TOKEN
const PROGRAM = {
  use: 'subprocess',
  options: { command: ['true'], breaker: { after: 1, probe: '2m' } },
}
const CONFIG = {
  sources: { box: { use: 'custom', options: { unverified: true } } },
  programs: { deploy: PROGRAM, report: PROGRAM },
  rules: [{ name: 'a/b', on: 'box', run: ['deploy', 'report'] }],
}

async function open() {
  const store = await openSqlite()
  const { app } = await openConfigApp(new ConfigFolder({ [JSON_CONFIG]: CONFIG }), store)
  mountPages(app)
  const opened = { app, store }
  const show = async (path: string, headers = {}) =>
    (await call(opened, `GET ${path}`, { token, headers })).text()
  /** Ends a task of `deploy` so that its breaker opens. Returns the task. */
  const openBreaker = async () => {
    await call(opened, 'POST /api/webhooks/box', { json: { type: 'x' } })
    const programs = [{ name: 'deploy', concurrency: null, rateLimit: null }]
    const request = { node: 'node-1', limit: 1, leaseSeconds: 60, programs }
    const [claimed] = await opened.store.claim(request)
    if (claimed === undefined) throw new Error('nothing to claim')
    const reason = `one task dead in a row, the last ${claimed.task.id}`
    await opened.store.settle(claimed.lease, {
      ...{ state: 'dead', attempt: 'failed', exitCode: 1, reason: 'it broke', result: null },
      breaker: {
        ...{ program: 'deploy', after: 1, probeMs: 120_000, isProbe: false },
        ...{ reason, event: null },
      },
    })
    return claimed.task.id
  }
  return { ...opened, show, openBreaker }
}

describe('what pages show of pauses', () => {
  it('is why a breaker is open, its last dead task, and its next probe', async () => {
    const { app, show, openBreaker, store } = await open()
    const task = await openBreaker()
    const [{ probe } = { probe: null }] = await store.pauses()
    const probeAt = new Date(probe?.at ?? 0).toISOString()
    const linked = `one task dead in a row, the last <a href="/tasks/${task}">${task}</a>`
    for (const path of ['/configuration', '/configuration/programs/deploy']) {
      const page = await show(path)
      expect(page).toContain('Paused by its breaker')
      expect(page).toContain(linked)
      expect(page).toContain('Next probe')
      expect(page).toContain(`datetime="${probeAt}"`)
    }
    expect(await show('/configuration/programs/report')).not.toContain('Next probe')
    await call({ app }, 'POST /api/webhooks/box', { json: { type: 'x' } })
    const held = 'The program deploy failed again and again, so its breaker paused it'
    expect((await show('/tasks?program=deploy')).split(held).length - 1).toBe(1)
    const overview = await show('/')
    expect(overview).toContain('The program deploy fails again and again. Its breaker paused it:')
    expect(overview).toContain(`the last ${task}`)
    const chinese = { 'accept-language': 'zh-CN' }
    expect(await show('/configuration', chinese)).toContain('由其断路器暂停')
    expect(await show('/', chinese)).toContain('程序 deploy 连续失败，断路器已将其暂停：')
  })

  it('is all that is paused, also one of the programs of a rule, each with its end', async () => {
    const opened = await open()
    const name = 'a/b:deploy'
    await opened.store.pause({ kind: 'rule', name, by: 'ci', reason: '<b>' }, null)
    await opened.store.pause({ kind: 'program', name: 'gone', by: 'ci', reason: null }, null)
    const page = await opened.show('/configuration')
    expect(page).toContain('Rule a/b:deploy')
    expect(page).toContain('Program gone')
    expect(page).toContain('Paused by ci')
    expect(page).toContain('&lt;b&gt;')
    for (const [kind, target] of [
      ['rule', name],
      ['program', 'gone'],
    ] as const) {
      const body = new URLSearchParams({ kind, name: target }).toString()
      const answer = await opened.app.request(`http://${HOST}/configuration/resume`, {
        method: 'POST',
        body,
        headers: {
          host: HOST,
          authorization: `Bearer ${token}`,
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': String(body.length),
        },
      })
      expect([answer.status, answer.headers.get('location')]).toEqual([303, '/configuration'])
    }
    expect(await opened.store.pauses()).toEqual([])
    expect(await opened.show('/configuration')).not.toContain('id="paused"')
  })
})
