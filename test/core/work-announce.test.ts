import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AcceptEntry, EndedAttempt, Outcome } from '../../core/index.ts'
import { createId } from '../../core/index.ts'
import type { Worker } from '../../core/work/worker.ts'
import {
  addTask,
  createConfig,
  createLogger,
  createWorker,
  inState,
  openStore,
  SETTINGS,
} from './work-setup.ts'

let opened: Awaited<ReturnType<typeof openStore>>
let worker: Worker | null = null
beforeEach(async () => {
  opened = await openStore()
})
afterEach(async () => {
  await worker?.stop(0)
  worker = null
  await opened.close()
})

const FAILED: Outcome = { status: 'failed', reason: 'it broke', exitCode: 7 }

function start(announce: (ended: EndedAttempt) => AcceptEntry | null) {
  const logger = createLogger()
  const run = async (run: { write(stream: 'stdout', chunk: Uint8Array): void }) => {
    run.write('stdout', Buffer.from('the end'))
    return FAILED
  }
  const settings = { retry: { ...SETTINGS.retry, attempts: 2, backoffSeconds: 0.01 } }
  const config = createConfig({ deploy: { run, settings } })
  worker = createWorker(opened.store, () => config, { logger, announce })
  worker.start()
  return logger
}

function noticeOf(body: object): AcceptEntry {
  const now = Date.now()
  return {
    delivery: {
      ...{ id: createId('dlv', now), source: 'hookline', receivedAt: now, method: 'INTERNAL' },
      ...{ path: '', headers: {}, client: null, body: Buffer.from(JSON.stringify(body)) },
      ...{ outcome: 'accepted', reason: null, originalId: null },
    },
    events: [],
  }
}

describe('the end of an attempt', () => {
  it('is announced each time, and what that gives is committed with it', async () => {
    const ends: EndedAttempt[] = []
    start((ended) => {
      ends.push(ended)
      return noticeOf({ attempts: ended.task.attempts })
    })
    const id = await addTask(opened.store, 'deploy')
    await inState(opened.store, id, 'dead')
    expect(
      ends.map(({ task, settlement, output }) => [
        ...[task.id, task.attempts, settlement.state, settlement.exitCode, output],
      ]),
    ).toEqual([
      [id, 1, 'waiting', 7, 'the end'],
      [id, 2, 'dead', 7, 'the end'],
    ])
    const { items } = await opened.store.deliveries({ source: 'hookline', limit: 10 })
    expect(items).toHaveLength(2)
  })

  it('is recorded also where announcing fails', async () => {
    const logger = start(() => {
      throw new Error('no rules to ask')
    })
    const id = await addTask(opened.store, 'deploy')
    await inState(opened.store, id, 'dead')
    const errors = logger.lines.filter(({ level }) => level === 'error')
    expect(errors.map(({ message }) => message)).toContain(
      'the end of a task could not be announced',
    )
  })
})
