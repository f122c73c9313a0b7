import { github } from 'hookline/sources'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { RunningConfig } from '../../../core/contracts/config.ts'
import { createId } from '../../../core/kit/id.ts'
import { SILENT_LOGGER } from '../../../core/kit/silent-logger.ts'
import { readMarks, readReport, writeOf } from '../../../core/reporting/record.ts'
import { Reports } from '../../../core/reporting/reports.ts'
import { makeEntry } from '../../../core/testing/store-cases/make-entry.ts'
import { APP_ID, APP_KEY } from '../../fixtures/providers/github-app.ts'
import { startReports } from '../../fixtures/providers/reports.ts'
import { PROVIDER_TOKEN } from '../../fixtures/providers/stand-ins.ts'
import { openSqlite } from '../../plugins/stores/sqlite/open-sqlite.ts'
import { addTask, createLogger, until } from '../work/setup.ts'

const FACTS = { repository: 'acme/shop', commit: 'a'.repeat(40) }
const SECOND = 1000
const DAY = 24 * 3600 * SECOND

function configOf(apiUrl: string, node: string, access: object): RunningConfig {
  const { definition, options } = github({ secret: 's', api: { ...access, apiUrl } })
  if (definition === undefined) throw new Error('made by code')
  const context = { name: 'gh', baseDir: '/', dataDir: '/', logger: SILENT_LOGGER, clock: Date.now }
  const instance = definition.create(definition.options.parse(options), context)
  return {
    settings: { configPublicUrl: null, dashboard: true, node: { name: node } },
    sources: new Map([['github', { name: 'github', instance }]]),
    rules: [{ id: 'rule', report: { to: 'github', name: 'hookline/p', output: true } }],
  } as unknown as RunningConfig
}

async function setUp(access: object = { token: PROVIDER_TOKEN }) {
  const provider = await startReports('github')
  const store = await openSqlite()
  const clock = { ahead: 0 }
  const config = { hasReport: true }
  const logger = createLogger()
  const start = (nodeName = 'n') => {
    const reports = new Reports({
      config: () => {
        const all = configOf(provider.url, nodeName, access)
        return config.hasReport ? all : { ...all, rules: [] }
      },
      ...{ store, nodeName, logger },
      redact: (text) => text.replaceAll('secret', '***'),
      clock: () => Date.now() + clock.ahead,
    })
    onTestFinished(() => reports.close())
    reports.start()
    return reports
  }
  const run = async (taskId: string, reason: string | null) => {
    const programs = [{ name: 'p', concurrency: null, rateLimit: null }]
    const request = { node: 'n', limit: 10, leaseSeconds: 30, programs }
    const claims = await store.claim(request)
    const lease = claims.find(({ task }) => task.id === taskId)?.lease
    if (lease === undefined) throw new Error('not claimed')
    const ended = { exitCode: null, result: null, reason }
    await store.settle(
      lease,
      reason === null
        ? { state: 'succeeded', attempt: 'succeeded', ...ended }
        : { state: 'dead', attempt: 'failed', ...ended },
    )
  }
  const told = () => provider.told.map(({ state }) => state)
  const recordOf = (taskId: string) => readReport(store, taskId)
  return { provider, store, clock, config, logger, start, run, told, recordOf }
}

function passHours(hours: number): void {
  const now = Date.now.bind(Date)
  vi.spyOn(Date, 'now').mockImplementation(() => now() + hours * 3600 * SECOND)
  onTestFinished(() => void vi.restoreAllMocks())
}

describe('reports', () => {
  it('tell of a queue, and of an end that nobody saw coming', async () => {
    const { store, start, run, told, recordOf, provider } = await setUp()
    // It ended before anybody looked.
    const ended = await addTask(store, 'p', { facts: FACTS })
    await run(ended, 'no secret space')
    const waits = await addTask(store, 'p', { facts: FACTS })
    start()
    await until(() => told().length === 2)
    const [failed, queued] = provider.told.toSorted((one, two) => (one.state < two.state ? -1 : 1))
    expect(failed?.description).toMatch(/^Failed.*: no \*\*\* space$/)
    expect(queued).toMatchObject({ description: 'Waiting to run', url: null })
    await run(waits, null)
    await until(async () => (await recordOf(waits))?.state === 'succeeded')
    expect(told().at(-1)).toBe('success')
    // A run that ends in the same way is told again.
    await store.retry(ended)
    await run(ended, 'no secret space')
    await until(async () => provider.told.filter(({ state }) => state === 'failure').length === 2)
  })

  it('go on where the clock was a month ahead', async () => {
    const { store, clock, start, run, told } = await setUp()
    clock.ahead = 30 * DAY
    const wrong = start()
    await until(async () => ((await readMarks(store)).get('rule') ?? 0) > Date.now() + DAY)
    await wrong.close()
    clock.ahead = 0
    await run(await addTask(store, 'p', { facts: FACTS }), null)
    start()
    await until(() => told().length === 1)
  })

  it('go on where a clock that was a month ahead met a failure', async () => {
    const { provider, store, clock, start, run, told, recordOf } = await setUp()
    const reports = start()
    await until(async () => (await readMarks(store)).size > 0)
    clock.ahead = 30 * DAY
    provider.next.push({ status: 503 })
    const task = await addTask(store, 'p', { facts: FACTS })
    await run(task, null)
    await until(async () => (await recordOf(task))?.failures === 1)
    clock.ahead = 0
    reports.configChanged()
    await until(() => told().length === 1)
  })

  it('record that an event names no commit', async () => {
    const { store, start, told, recordOf } = await setUp()
    start()
    const task = await addTask(store, 'p', { facts: { ...FACTS, commit: '0'.repeat(40) } })
    const record = await until(() => recordOf(task))
    expect(record).toMatchObject({ commit: null, fault: { code: 'report_no_commit' } })
    const odd = await addTask(store, 'p', { facts: { ...FACTS, repository: 'acme/..' } })
    const refused = await until(async () => {
      const found = await recordOf(odd)
      return found?.fault ? found : null
    })
    expect(refused.fault?.code).toBe('report_no_commit')
    expect(told()).toEqual([])
  })

  it('leave a provider alone for as long as it asks, and give up after a day', async () => {
    const { provider, store, clock, logger, start, run, told, recordOf } = await setUp()
    const body = { message: 'slow down' }
    provider.instead = { status: 429, headers: { 'retry-after': '100' }, body }
    const reports = start()
    const first = await addTask(store, 'p', { facts: FACTS })
    const limited = await until(async () => {
      const found = await recordOf(first)
      return found?.fault?.code === 'provider_rate_limited' ? found : null
    })
    expect((limited.nextAt ?? 0) - limited.since).toBeGreaterThanOrEqual(100 * SECOND)
    const second = await addTask(store, 'p', { facts: FACTS })
    await until(() => recordOf(second))
    await run(second, null)
    expect(provider.calls).toHaveLength(1)

    provider.instead = { status: 503 }
    const later = (milliseconds: number) => {
      clock.ahead += milliseconds
      reports.configChanged()
    }
    later(101 * SECOND)
    await until(async () => (await recordOf(second))?.fault?.code === 'provider_unavailable')
    later(DAY)
    const givenUp = await until(async () => {
      const found = await recordOf(second)
      return found?.nextAt === null ? found : null
    })
    expect(givenUp).toMatchObject({ state: 'succeeded', fault: { code: 'provider_unavailable' } })
    const lines = logger.lines.filter(({ message }) => message === 'a report was given up')
    expect(lines.map(({ fields }) => fields['taskId'])).toContain(second)

    // It is told of what happens next.
    provider.instead = null
    await store.retry(second)
    later(SECOND)
    await until(async () => (await recordOf(second))?.state === 'queued')
    expect(told()).toContain('pending')
  }, 60_000)

  it('are not told again once their records are deleted', async () => {
    const { provider, store, start, run, recordOf } = await setUp()
    const old = await addTask(store, 'p', { facts: FACTS })
    await run(old, null)
    const reports = start()
    const record = await until(async () => {
      const found = await recordOf(old)
      return found?.state === 'succeeded' ? found : null
    })
    await reports.close()
    const newer = Array.from({ length: 2000 }, () => ({ ...record, task: createId('tsk') }))
    await store.writeDocuments(newer.map(writeOf), null)
    passHours(2)
    const again = start()
    await until(async () => (await recordOf(old)) === null)
    again.configChanged()
    const next = await addTask(store, 'p', { facts: FACTS })
    await until(() => recordOf(next))
    await again.close()
    start()
    const last = await addTask(store, 'p', { facts: FACTS })
    await until(() => recordOf(last))
    expect(await recordOf(old)).toBeNull()
    expect(provider.told.filter(({ state }) => state === 'success')).toHaveLength(1)
  }, 30_000)

  it('tell nothing of the time in which a rule had none', async () => {
    const { store, config, start, run, recordOf } = await setUp()
    const reports = start()
    const first = await addTask(store, 'p', { facts: FACTS })
    await until(() => recordOf(first))
    config.hasReport = false
    reports.configChanged()
    await until(async () => (await readMarks(store)).size === 0)
    const unwanted = await addTask(store, 'p', { facts: FACTS })
    await run(unwanted, null)
    passHours(2)
    config.hasReport = true
    reports.configChanged()
    const last = await addTask(store, 'p', { facts: FACTS })
    await until(() => recordOf(last))
    expect(await recordOf(unwanted)).toBeNull()
  })

  it('find a check run that was made while the answer was lost, in its next state too', async () => {
    const app = { id: APP_ID, privateKey: APP_KEY }
    const { provider, store, clock, start, run, recordOf } = await setUp({ app })
    provider.onCall = ({ method, path, body }) => {
      if (method !== 'POST' || !path.endsWith('/check-runs')) return
      const { head_sha: sha, external_id: taskId, name, output } = JSON.parse(body)
      const made = { id: 1, sha, taskId, name, output, details_url: null, conclusion: null }
      provider.checkRuns.push({ ...made, status: 'queued' })
      provider.onCall = () => {}
      provider.instead = { status: 502 }
    }
    const reports = start()
    const task = await addTask(store, 'p', { facts: FACTS })
    await until(async () => (await recordOf(task))?.fault?.code === 'provider_unavailable')
    provider.instead = null
    await run(task, null)
    clock.ahead += 10 * SECOND
    reports.configChanged()
    await until(async () => (await recordOf(task))?.ref != null)
    expect(provider.checkRuns).toMatchObject([{ id: 1, conclusion: 'success' }])
  })

  it('run a task again once for each request, whatever the clocks say', async () => {
    const app = { id: APP_ID, privateKey: APP_KEY }
    const { store, clock, start, run, recordOf } = await setUp({ app })
    const task = await addTask(store, 'p', { facts: FACTS })
    await run(task, null)
    const reports = start()
    await until(async () => (await recordOf(task))?.state === 'succeeded')
    // The clock of the node that takes the request is an hour ahead of that of the store.
    clock.ahead += 2 * 3600 * SECOND
    const receivedAt = Date.now() + 3600 * SECOND
    const check_run = { head_sha: FACTS.commit, external_id: task }
    const body = { repository: { full_name: FACTS.repository }, check_run }
    await store.accept(
      makeEntry(
        { type: 'check_run.rerequested', programs: [] },
        { receivedAt, body: Buffer.from(JSON.stringify(body)) },
      ),
    )
    reports.configChanged()
    await until(async () => (await store.task(task))?.state === 'waiting')
    await run(task, null)
    await until(async () => (await recordOf(task))?.rerun != null)
    await reports.close()
    const other = start()
    const last = await addTask(store, 'p', { facts: FACTS })
    await until(() => recordOf(last))
    await other.close()
    expect((await store.task(task))?.state).toBe('succeeded')
  })

  it('are told by one node at a time', async () => {
    const { provider, store, start, run, told } = await setUp()
    const one = start('one')
    const task = await addTask(store, 'p', { facts: FACTS })
    await until(() => told().length === 1)
    start('two')
    const arrived = Promise.withResolvers<void>()
    provider.onCall = () => arrived.resolve()
    provider.instead = 'hang'
    await run(task, null)
    await arrived.promise
    // What was under way is told by the other one.
    await one.close()
    provider.instead = null
    await until(() => told().at(-1) === 'success')
    expect(told()).toEqual(['pending', 'success'])
  }, 30_000)
})
