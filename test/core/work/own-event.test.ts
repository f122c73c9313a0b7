import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../../core/contracts/executor.ts'
import type { AcceptEntry } from '../../../core/contracts/store.ts'
import { createId } from '../../../core/kit/id.ts'
import type { EndedAttempt } from '../../../core/own-events/own-events.ts'
import {
  addTask,
  createConfig,
  createLogger,
  inState,
  SETTINGS,
  startWorker,
  storeForEach,
} from './setup.ts'

const opened = storeForEach()

const FAILED: Outcome = { status: 'failed', reason: 'it broke', exitCode: 7 }

function start(attemptEnded: (ended: EndedAttempt) => AcceptEntry | null) {
  const logger = createLogger()
  const run = async (run: { write(stream: 'stdout', chunk: Uint8Array): void }) => {
    run.write('stdout', Buffer.from('the end'))
    return FAILED
  }
  const settings = {
    retry: { ...SETTINGS.retry, attempts: 2, lostAttempts: 10, backoffSeconds: 0.01 },
  }
  const config = createConfig({ deploy: { run, settings } })
  startWorker(opened.store, () => config, {
    logger,
    ownEvents: { attemptEnded, pauseChanged: () => null },
  })
  return logger
}

function entryOf(body: object): AcceptEntry {
  const now = Date.now()
  return {
    delivery: {
      id: createId('dlv', now),
      source: 'hookline',
      receivedAt: now,
      method: 'INTERNAL',
      path: '',
      headers: {},
      client: null,
      body: Buffer.from(JSON.stringify(body)),
      outcome: 'accepted',
      reason: null,
      originalId: null,
    },
    events: [],
  }
}

describe('the end of an attempt', () => {
  it('creates an event each time, which is committed with it', async () => {
    const ends: EndedAttempt[] = []
    start((ended) => {
      ends.push(ended)
      return entryOf({ attempts: ended.task.attempts })
    })
    const id = await addTask(opened.store, 'deploy')
    await inState(opened.store, id, 'dead')
    expect(
      ends.map(({ task, settlement, output }) => [
        task.id,
        task.attempts,
        settlement.state,
        settlement.exitCode,
        output,
      ]),
    ).toEqual([
      [id, 1, 'waiting', 7, 'the end'],
      [id, 2, 'dead', 7, 'the end'],
    ])
    const { items } = await opened.store.deliveries({ source: 'hookline', limit: 10 })
    expect(items).toHaveLength(2)
  })

  it('is recorded even if its event cannot be created', async () => {
    const logger = start(() => {
      throw new Error('no rules to ask')
    })
    const id = await addTask(opened.store, 'deploy')
    await inState(opened.store, id, 'dead')
    const errors = logger.lines.filter(({ level }) => level === 'error')
    expect(errors.map(({ message }) => message)).toContain(
      'the event of the end of a task could not be created',
    )
  })
})
