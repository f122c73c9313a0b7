import { describe, expect, it } from 'vitest'
import { call } from '../api/access/calls.ts'
import { ADMIN_TOKEN } from '../api/app.ts'
import { openDashboard } from './open-dashboard.ts'

const token = ADMIN_TOKEN
const HOSTILE = '"><img src=x onerror=alert(1)>'

describe('the filters of a list', () => {
  it('lead back to the list without one of them', async () => {
    const opened = await openDashboard()
    const path = '/tasks?state=dead&program=deploy&since=24h&limit=100'
    const page = await (await call(opened, `GET ${path}`, { token })).text()
    expect(page).toContain('href="/tasks?state=dead&amp;since=24h" title="Remove this filter"')
    expect(page).toContain('href="/tasks?program=deploy&amp;since=24h">All</a>')
    expect(page).toContain('href="/tasks?state=dead&amp;program=deploy&amp;since=1h"')
    expect(page).toContain('<input type="hidden" name="state" value="dead">')
    expect(page).toContain('<option value="deploy" selected>deploy</option>')
  })

  it('find the tasks that wait for an approval', async () => {
    const sources = { box: { use: 'custom', options: { unverified: true } } }
    const programs = { deploy: { use: 'subprocess', options: { command: ['true'] } } }
    const rules = [
      { on: 'box', run: 'deploy', approval: { by: ['operator'] } },
      { name: 'free', on: 'box', run: 'deploy' },
    ]
    const opened = await openDashboard(Date.now, { sources, programs, rules })
    const get = async (path: string) => (await call(opened, `GET ${path}`, { token })).text()
    for (const id of [1, 2]) await call(opened, 'POST /api/webhooks/box', { json: { id } })
    const all = await get('/tasks?limit=200')
    const found = await get('/tasks?approval=pending')
    expect([all, found].map((page) => page.split('data-row').length - 1)).toEqual([4, 2])
    expect(found).toContain('<option value="pending" selected>Waits for one</option>')
    expect(found).toContain('<span class="faint">Approval</span> Waits for one<')
    const jobs = [...found.matchAll(/href="(\/jobs\/new[^"]*)"/g)].map(([, href]) => href)
    expect(jobs).toEqual(['/jobs/new?action=cancel&amp;approval=pending'])
    const job = await get('/jobs/new?action=cancel&approval=pending')
    expect(job).toContain('Tasks to cancel: 2.')
    expect(job).toContain('Waits for one')
  })

  it('keep text of others as text', async () => {
    const opened = await openDashboard()
    const query = new URLSearchParams({ program: HOSTILE, rule: HOSTILE, source: HOSTILE })
    const page = await (await call(opened, `GET /tasks?${query}`, { token })).text()
    expect(page).toContain('&quot;&gt;&lt;img')
    expect(page).not.toContain('<img')
  })

  it('say what is wrong with a time', async () => {
    const opened = await openDashboard()
    const page = await (await call(opened, 'GET /tasks?since=yesterday', { token })).text()
    expect(page).toContain('since: must be a time such as')
    expect(page).toContain('name="program"')
  })
})
