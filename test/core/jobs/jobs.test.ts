import { describe, expect, it } from 'vitest'
import { openSqlite } from '../../plugins/stores/sqlite/open-sqlite.ts'
import { call, makeToken } from '../api/access/calls.ts'
import { testJobs } from './cases.ts'
import { acceptMany, makeDead, openJobs, startRunner } from './setup.ts'

describe('a job over SQLite', { timeout: 60_000 }, () => testJobs(openSqlite))

describe('POST /api/jobs', () => {
  it('counts first, with a sample, and changes nothing', async () => {
    const store = await openSqlite()
    const dead = await makeDead(store, 12)
    await acceptMany(store, 3)
    const { ask } = await openJobs(store)
    const filter = { program: 'deploy', since: '1h' }
    const { status, body } = await ask('POST /api/jobs', { action: 'retry', filter, dryRun: true })
    expect([status, body.count, body.more]).toEqual([200, 12, false])
    expect(body.filter).toMatchObject({ state: 'dead', since: expect.stringMatching(/Z$/) })
    expect(body.sample.map(({ id }: { id: string }) => id)).toEqual(dead.toReversed().slice(0, 10))
    const cancel = await ask('POST /api/jobs', {
      ...{ action: 'cancel', filter: { program: 'deploy' }, dryRun: true },
    })
    expect(cancel.body.count).toBe(3)
    const replay = await ask('POST /api/jobs', {
      ...{ action: 'replay', filter: { source: 'github' }, dryRun: true },
    })
    expect(replay.body).toMatchObject({ count: 15, filter: { source: 'github' } })
    expect((await store.tasks({ state: 'dead', limit: 200 })).items.length).toBe(12)
    expect((await ask('GET /api/jobs')).body.jobs).toEqual([])
  })

  it('makes a job of a filter that matches nothing, which ends at once', async () => {
    const store = await openSqlite()
    const { create, ended } = await openJobs(store)
    await startRunner(store)
    for (const action of ['retry', 'cancel', 'replay']) {
      const job = await create({ action, filter: { source: 'none' } })
      expect(await ended(job)).toMatchObject({ state: 'succeeded', total: 0, done: 0 })
    }
  })

  const REFUSED = [
    [{}, '/action'],
    [{ action: 'delete', filter: { state: 'dead' } }, '/action'],
    [{ action: 'retry' }, '/filter'],
    [{ action: 'retry', filter: [] }, '/filter'],
    [{ action: 'retry', filter: {} }, '/filter'],
    [{ action: 'retry', filter: { state: 'waiting' } }, '/filter/state'],
    [{ action: 'cancel', filter: { state: 'dead' } }, '/filter/state'],
    [{ action: 'retry', filter: { state: 'lost' } }, '/filter/state'],
    [{ action: 'retry', filter: { state: 'dead', limit: '5' } }, '/filter/limit'],
    [{ action: 'retry', filter: { state: 'dead', after: 'tsk_1' } }, '/filter/after'],
    [{ action: 'retry', filter: { since: 'tomorrow' } }, '/filter/since'],
    [{ action: 'retry', filter: { program: { $ne: '' } } }, '/filter/program'],
    [{ action: 'retry', filter: { program: '' } }, '/filter/program'],
    [{ action: 'retry', filter: { programm: 'x' } }, '/filter'],
    [{ action: 'replay', filter: { outcome: 'refused' } }, '/filter/outcome'],
    [{ action: 'replay', filter: { attempts: '3' } }, '/filter'],
    [{ action: 'retry', filter: { state: 'dead' }, dryRun: 'yes' }, '/dryRun'],
    [{ action: 'retry', filter: { state: 'dead' }, more: 1 }, ''],
    [null, ''],
  ] as const

  it('refuses what is no job', async () => {
    const { ask, store } = await openJobs(await openSqlite())
    for (const [json, pointer] of REFUSED) {
      const { status, body } = await ask('POST /api/jobs', json)
      const answer = [status, body.code, body.errors[0].pointer]
      expect(answer, JSON.stringify(json)).toEqual([400, 'request_invalid', pointer])
    }
    expect(await store.documents('jobs')).toEqual([])
  })

  it('refuses a viewer, who may look', async () => {
    const opened = await openJobs(await openSqlite())
    const token = await makeToken(opened, 'reader', { role: 'viewer' })
    const json = { action: 'retry', filter: { state: 'dead' }, dryRun: true }
    expect((await call(opened, 'POST /api/jobs', { token, json })).status).toBe(403)
    expect((await call(opened, 'GET /api/jobs', { token })).status).toBe(200)
  })

  it('refuses more jobs than 20 that have not ended, and keeps 100 that have', async () => {
    const store = await openSqlite()
    await makeDead(store, 2)
    const { ask, create, ended } = await openJobs(store)
    const filter = { state: 'dead' }
    const made = []
    for (let count = 0; count < 20; count++) made.push(await create({ action: 'retry', filter }))
    const refused = await ask('POST /api/jobs', { action: 'retry', filter })
    expect(refused).toMatchObject({ status: 409, body: { code: 'jobs_too_many' } })
    await startRunner(store)
    const all = await Promise.all(made.map(ended))
    expect(all.reduce((sum, { done }) => sum + done, 0)).toBe(2)
    expect(all.every(({ state }) => state === 'succeeded')).toBe(true)
    const old = JSON.parse((await store.documents('jobs'))[0]?.value ?? '')
    const names = Array.from(
      { length: 95 },
      (_, count) => `job_00${String(count).padStart(3, '0')}`,
    )
    const value = JSON.stringify(old)
    await store.writeDocuments(
      names.map((name) => ({ collection: 'jobs', name, value })),
      null,
    )
    const last = await ended(await create({ action: 'retry', filter }))
    const { jobs } = (await ask('GET /api/jobs')).body
    expect(jobs.length).toBe(100)
    expect(jobs[0].id).toBe(last.id)
  })
})
