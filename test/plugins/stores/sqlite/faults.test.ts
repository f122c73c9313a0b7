import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import { acceptTask, limited, makeEntry } from '../../../../core/testing/store-cases/make-entry.ts'
import { createIn, makeFolder } from './create-sqlite.ts'

const PROGRAM = join(import.meta.dirname, '../../../fixtures/sqlite/accept-forever.ts')
const MIB = 1024 * 1024

let folder: string
let store: StoreInstance
let passed = 0
const threads: Worker[] = []
const keep = (thread: Worker) => threads.push(thread)
const now = () => Date.now() + passed

beforeEach(async () => {
  passed = 0
  threads.length = 0
  process.on('worker', keep)
  folder = await makeFolder()
  store = createIn(folder, now)
  await store.open()
})
afterEach(async () => {
  process.off('worker', keep)
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

describe('sqlite, when things go wrong', () => {
  it('answers each call as its own where one cannot be sent to the thread', async () => {
    const poison = makeEntry({ senderId: Symbol('an id from a broken source') as never })
    const calls = [store.accept(makeEntry()), store.accept(poison), store.accept(makeEntry())]
    const ends = await Promise.allSettled(calls)
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect((await store.countTasks()).waiting).toBe(2)
    expect(await store.task('tsk_none')).toBeNull()
  })

  it('stays locked against others after its own process tried to open it again', async () => {
    await expect(createIn(folder).open()).rejects.toMatchObject({ code: 'data_dir_in_use' })
    const other = spawn(process.execPath, [PROGRAM, folder, '1'])
    expect(await text(other.stdout)).toBe('not opened data_dir_in_use\n')
  })

  it('says when its thread has died, and takes nothing any more', async () => {
    const failures: unknown[] = []
    store.subscribe((change) => {
      if (change.kind === 'failed') failures.push(change.error)
    })
    const dying = store.accept(makeEntry())
    for (const thread of threads) void thread.terminate()
    await expect(dying).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(failures).toMatchObject([{ code: 'store_unavailable' }])
    await expect(store.ping()).rejects.toMatchObject({ code: 'store_unavailable' })
  })

  it('does not take its own closing for a failure', async () => {
    let failed = false
    store.subscribe(({ kind }) => {
      failed ||= kind === 'failed'
    })
    await store.close()
    expect(failed).toBe(false)
  })

  it('hands out large payloads a few at a time', async () => {
    const body = Buffer.from(JSON.stringify('x'.repeat(16 * MIB)))
    for (let index = 0; index < 6; index++) await store.accept(makeEntry({}, { body }))
    const request = { node: 'n', limit: 100, leaseSeconds: 30, programs: [limited()] }
    const first = await store.claim(request)
    expect(first.length).toBeGreaterThan(0)
    expect(first.length).toBeLessThan(6)
    let claimed = first.length
    while (claimed < 6) {
      expect(await store.nextDueAt([limited()])).toBeLessThanOrEqual(now())
      claimed += (await store.claim(request)).length
    }
    expect(await store.claim(request)).toEqual([])
  })

  it('does not hold up a rate by starts that lie ahead once the clock is set back', async () => {
    const programs = [limited({ rateLimit: { count: 1, perSeconds: 10 } })]
    const request = { node: 'n', limit: 10, leaseSeconds: 30, programs }
    for (const policyKey of ['a', 'a', null, null])
      await acceptTask(store, { policy: { policyKey } })
    passed = 3_600_000
    expect(await store.claim(request)).toHaveLength(2)
    passed = 0
    expect(await store.claim(request)).toHaveLength(0)
    passed = 11_000
    expect(await store.claim(request)).toHaveLength(2)
  })

  it('lets the tasks of a killed process wait again, also those of a program that is gone', async () => {
    const taskId = await acceptTask(store)
    await store.claim({ node: 'n', limit: 1, leaseSeconds: 30, programs: [limited()] })
    await store.close()
    store = createIn(folder, now)
    await store.open()
    expect(await store.task(taskId)).toMatchObject({
      state: 'waiting',
      node: null,
      lostAttempts: 1,
    })
    expect(await store.attempts(taskId)).toMatchObject([{ status: 'lost' }])
    const [claim] = await store.claim({
      node: 'n',
      limit: 1,
      leaseSeconds: 30,
      programs: [limited()],
    })
    expect(claim?.task).toMatchObject({ id: taskId, attempts: 1, lostAttempts: 1 })
  })
})
