import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PluginLogger } from '../../../../core/contracts/plugin.ts'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import { SILENT_LOGGER } from '../../../../core/kit/silent-logger.ts'
import {
  acceptTask,
  claim,
  claimOne,
  LEASE_SECONDS,
  limited,
  makeSettlement,
} from '../../../../core/testing/store-cases/make-entry.ts'
import { sqlite } from '../../../../plugins/stores/index.ts'
import { contextIn, makeFolder } from './create-sqlite.ts'

const HOUR_MS = 3_600_000

let folder: string
let aheadMs: number
let store: StoreInstance
const warnings: unknown[] = []
const now = () => Date.now() + aheadMs

const logger: PluginLogger = {
  ...SILENT_LOGGER,
  warn: (fields, message) => warnings.push({ ...fields, message }),
}

beforeEach(async () => {
  folder = await makeFolder()
  aheadMs = 0
  warnings.length = 0
  await open()
})

afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

async function open(): Promise<void> {
  store = sqlite.definition.create({ path: 'hookline.db' }, { ...contextIn(folder, now), logger })
  await store.open()
}

const ids = async () => (await claim(store)).map(({ task }) => task.id)
const WARNING = 'the clock was set back: waiting tasks are due earlier, by that much'

describe('a clock that is set back', () => {
  it('strands no accepted task while the node runs', async () => {
    const keyed = { policy: { policyKey: 'main' } }
    const tasks = [
      await acceptTask(store, { dueAt: now() }),
      await acceptTask(store, { dueAt: now(), ...keyed }),
    ]
    aheadMs = -HOUR_MS
    expect((await ids()).toSorted()).toEqual(tasks.toSorted())
    expect(warnings).toEqual([{ tasks: 2, message: WARNING }])
    const [backlog] = await store.backlog()
    expect(backlog).toMatchObject({ waiting: 0, running: 2 })
  })

  it('strands no accepted task over a restart', async () => {
    const taskId = await acceptTask(store, { dueAt: now() })
    await store.close()
    aheadMs = -HOUR_MS
    await open()
    expect(warnings).toEqual([{ tasks: 1, message: WARNING }])
    const [backlog] = await store.backlog()
    expect(backlog?.oldestDueAt).toBeLessThanOrEqual(now())
    expect(await ids()).toEqual([taskId])
  })

  it('leaves waits as long as they were: for a debounce and for a retry', async () => {
    const dueAt = now() + 10_000
    const debounced = await acceptTask(store, { dueAt })
    const retried = await acceptTask(store, { dueAt: 0 })
    const { lease } = await claimOne(store)
    await store.settle(
      lease,
      makeSettlement({ state: 'waiting', attempt: 'failed', dueAt: now() + 20_000 }),
    )
    aheadMs = -HOUR_MS
    expect(await ids()).toEqual([])
    const waitOf = async (id: string) => ((await store.task(id))?.dueAt ?? 0) - now()
    expect(await waitOf(debounced)).toBeGreaterThan(5_000)
    expect(await waitOf(debounced)).toBeLessThanOrEqual(10_000)
    expect(await waitOf(retried)).toBeGreaterThan(15_000)
    expect(await waitOf(retried)).toBeLessThanOrEqual(20_000)
    const next = (await store.nextDueAt([limited()])) ?? 0
    expect(next - now()).toBeLessThanOrEqual(10_000)
  })

  it('strands no task that was handed back, lost or retried by a person', async () => {
    const [returned, retried] = [
      await acceptTask(store, { dueAt: 0 }),
      await acceptTask(store, { dueAt: 0 }),
    ]
    const [first, second] = await claim(store)
    if (first === undefined || second === undefined) throw new Error('two were due')
    await store.settle(
      first.lease,
      makeSettlement({ state: 'waiting', attempt: 'returned', dueAt: now() }),
    )
    await store.settle(second.lease, makeSettlement({ state: 'dead', attempt: 'failed' }))
    await store.retry(second.lease.taskId)
    aheadMs = -HOUR_MS
    expect((await ids()).toSorted()).toEqual([returned, retried].toSorted())
  })

  it('changes nothing where it is kept right in small steps', async () => {
    const taskId = await acceptTask(store, { dueAt: now() + 500 })
    aheadMs -= 400
    expect(await ids()).toEqual([])
    expect(warnings).toEqual([])
    aheadMs += 1_000
    expect(await ids()).toEqual([taskId])
  })
})

describe('a clock that is set forward', () => {
  it('ends no lease whose holder claims', async () => {
    await acceptTask(store, { dueAt: 0 })
    const { lease } = await claimOne(store)
    aheadMs = HOUR_MS
    expect(await claim(store, { held: [lease] })).toEqual([])
    expect(await store.renew([lease], LEASE_SECONDS)).toMatchObject([{ status: 'held' }])
    expect(await claim(store)).toEqual([])
    expect(await store.settle(lease, makeSettlement())).toBe(true)
  })
})
