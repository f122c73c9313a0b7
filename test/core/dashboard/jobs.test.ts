import { describe, expect, it } from 'vitest'
import { claim, makeEntry, makeSettlement } from '../../../core/testing/store-cases/make-entry.ts'
import { makeToken } from '../api/access/calls.ts'
import { ADMIN_TOKEN } from '../api/app.ts'
import { browse } from './browse.ts'
import { openDashboard } from './open-dashboard.ts'

const HOSTILE = `"><img src=x onerror=alert(1)>`

/** Two dead tasks, then one that waits. */
async function open() {
  const opened = await openDashboard()
  const { store } = opened
  const ids: string[] = []
  for (const state of ['dead', 'dead', 'waiting']) {
    const { delivery, events } = makeEntry()
    await store.accept({ delivery, events })
    ids.push(events[0]?.tasks[0]?.id ?? '')
    if (state === 'waiting') continue
    const [claimed] = await claim(store)
    if (claimed === undefined) throw new Error('nothing was claimed')
    const failed = { state: 'dead', attempt: 'failed', reason: 'exited with code 1' } as const
    await store.settle(claimed.lease, makeSettlement(failed))
  }
  const [dead = '', other = '', waiting = ''] = ids
  return {
    ...opened,
    ...{ dead, other, waiting },
    admin: await browse(opened, ADMIN_TOKEN),
    operator: await browse(opened, await makeToken(opened, 'acts', { role: 'operator' })),
    viewer: await browse(opened, await makeToken(opened, 'looks', { role: 'viewer' })),
  }
}

/** The hidden field of the button that starts the job. */
function jobIn(text: string): string {
  const value = /name="job" value="([^"]*)"/.exec(text)?.[1] ?? ''
  return value.replaceAll('&quot;', '"')
}

describe('a job of the dashboard', () => {
  it('is offered for what a list shows, to those who may', async () => {
    const { admin, viewer, waiting } = await open()
    const all = async (path: string) =>
      [...(await admin.get(path)).text.matchAll(/href="(\/jobs\/new[^"]*)"/g)].map(
        ([, href]) => href,
      )
    expect(await all('/tasks')).toEqual(['/jobs/new?action=retry&amp;state=dead'])
    expect(await all('/tasks?program=deploy')).toEqual([
      '/jobs/new?action=retry&amp;program=deploy&amp;state=dead',
      '/jobs/new?action=cancel&amp;program=deploy',
    ])
    expect(await all('/tasks?state=waiting')).toEqual(['/jobs/new?action=cancel&amp;state=waiting'])
    expect(await all('/deliveries')).toEqual([])
    expect(await all('/deliveries?source=github&outcome=accepted')).toEqual([
      '/jobs/new?action=replay&amp;source=github',
    ])
    const box = `name="id" value="${waiting}" form="picked"`
    expect((await admin.get('/tasks')).text).toContain(box)
    const { text } = await viewer.get('/tasks?program=deploy')
    expect([text.includes('picked'), text.includes('/jobs/new')]).toEqual([false, false])
  })

  it('counts first, and begins when it is confirmed', async () => {
    const { admin } = await open()
    const { text } = await admin.get('/jobs/new?action=retry&program=deploy')
    expect(text).toContain('Tasks to retry: 2.')
    expect(await admin.get('/jobs').then((page) => page.text)).toContain('No jobs yet')
    const { location } = await admin.post('/jobs', { job: jobIn(text) })
    expect(location).toMatch(/^\/jobs\/job_\w+$/)
    const { text: shown } = await admin.get(location ?? '')
    expect(shown).toContain('Started by admin')
    expect(shown).toContain('href="/tasks?program=deploy&amp;state=dead"')
    expect((await admin.get('/jobs')).text).toContain(`href="${location}"`)
    expect((await admin.post(`${location}/cancel`)).location).toBe(location)
    expect((await admin.get(location ?? '')).text).toContain('Cancelled')
  })

  it('takes the rows that are checked, and leaves out those that it cannot act on', async () => {
    const { operator, dead, other, waiting, store } = await open()
    const query = [dead, other, waiting].map((id) => `id=${id}`).join('&')
    const { text } = await operator.get(`/jobs/new?action=retry&${query}`)
    expect(text).toContain('Tasks to retry: 2.')
    expect(text).toContain('3 by hand')
    const { location } = await operator.post('/jobs', { job: jobIn(text) })
    expect((await operator.get(location ?? '')).text).toContain('0 of 3')
    const [entry] = await store.auditEntries({ limit: 1, tail: true })
    expect(entry).toMatchObject({ action: 'job.create', actor: 'acts' })
    expect(entry?.detail).toContain(waiting)
    const { text: cancel } = await operator.get(`/jobs/new?action=cancel&${query}`)
    expect(cancel).toContain('Tasks to cancel: 1.')
    const { text: nothing } = await operator.get('/jobs/new?action=retry')
    expect(nothing).toContain('Nothing is selected')
  })

  it('is refused to those who may only look', async () => {
    const { viewer } = await open()
    const job = JSON.stringify({ action: 'retry', filter: { state: 'dead' } })
    expect((await viewer.get('/jobs/new?action=retry&state=dead')).status).toBe(403)
    expect((await viewer.post('/jobs', { job })).status).toBe(403)
    expect((await viewer.get('/jobs')).text).toContain('No jobs yet')
  })

  it('is not begun by what is no job, and shows what is hostile as text', async () => {
    const { admin } = await open()
    for (const job of ['', 'null', '[]', '{}', '{"action":"retry","filter":{}}', HOSTILE]) {
      expect((await admin.post('/jobs', { job })).status, job).toBe(400)
    }
    expect((await admin.get('/jobs/new?action=none&state=dead')).status).toBe(400)
    expect((await admin.get('/jobs/new?action=retry&none=x')).status).toBe(400)
    const query = new URLSearchParams({ action: 'replay', source: HOSTILE })
    const { status, text } = await admin.get(`/jobs/new?${query}`)
    expect([status, text.includes('<img')]).toEqual([200, false])
  })
})
