import { expect, it } from 'vitest'
import type { Outcome } from '../../../core/contracts/executor.ts'
import type { MeteredAttempt } from '../../../core/contracts/meter.ts'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import type { Span, Tracer } from '../../../core/contracts/tracer.ts'
import { NO_METER } from '../../../core/kit/no-meter.ts'
import {
  addTask,
  createConfig,
  inState,
  type Program,
  SETTINGS,
  startWorker,
  storeForEach,
  until,
} from './setup.ts'

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const FAILED: Outcome = { status: 'failed', reason: 'it broke: private', exitCode: 7 }

const opened = storeForEach()

function start(programs: Record<string, Program>, store: StoreInstance = opened.store) {
  const attempts: MeteredAttempt[] = []
  const ends: unknown[] = []
  const meter = { ...NO_METER, attempt: (attempt: MeteredAttempt) => attempts.push(attempt) }
  const span: Span = {
    traceparent: TRACEPARENT,
    event: () => {},
    link: () => {},
    end: (attributes, fault) => ends.push([attributes, fault]),
  }
  const tracer: Tracer = { delivery: () => span, attempt: () => span, followed: () => span }
  const config = createConfig(programs)
  startWorker(store, () => config, { meter, tracer })
  return { attempts, ends }
}

it('tells of each attempt what became of it, and the program its trace', async () => {
  const retry = { ...SETTINGS.retry, attempts: 2, lostAttempts: 10, backoffSeconds: 0.01 }
  let env: Readonly<Record<string, string>> = {}
  const run: Program['run'] = async (given) => {
    env = given.env
    return FAILED
  }
  const { attempts, ends } = start({ deploy: { run, settings: { retry } } })
  const id = await addTask(opened.store, 'deploy', { facts: { TRACEPARENT: 'x' } })
  await inState(opened.store, id, 'dead')
  await until(() => attempts.length === 2)
  expect(attempts).toMatchObject([
    { program: 'deploy', status: 'failed', state: 'waiting' },
    { program: 'deploy', status: 'failed', state: 'dead' },
  ])
  expect(ends).toEqual([
    [
      {
        'hookline.attempt.status': 'failed',
        'hookline.task.state': 'waiting',
        'hookline.exit_code': 7,
      },
      'failed',
    ],
    [
      {
        'hookline.attempt.status': 'failed',
        'hookline.task.state': 'dead',
        'hookline.exit_code': 7,
      },
      'failed',
    ],
  ])
  expect(env).toMatchObject({ TRACEPARENT, WEBHOOK_TRACEPARENT: 'x' })
})

it('tells of an attempt whose lease was lost that nothing was recorded', async () => {
  const store = { ...opened.store, settle: async () => false }
  const run = async (): Promise<Outcome> => ({ status: 'succeeded' })
  const { attempts, ends } = start({ deploy: { run } }, store)
  await addTask(opened.store, 'deploy')
  await until(() => attempts.length === 1)
  expect(attempts).toMatchObject([{ status: 'lost', state: null }])
  expect(ends).toEqual([[{ 'hookline.attempt.status': 'lost' }, 'lost']])
})

it('tells of a cancelled attempt that it is no fault', async () => {
  const run: Program['run'] = ({ signal }) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve({ status: 'succeeded' }))
    })
  const { attempts, ends } = start({ deploy: { run } })
  const id = await addTask(opened.store, 'deploy')
  await inState(opened.store, id, 'running')
  await opened.store.cancel(id)
  await until(() => attempts.length === 1)
  expect(attempts).toMatchObject([{ status: 'cancelled', state: 'cancelled' }])
  expect(ends).toMatchObject([[{ 'hookline.task.state': 'cancelled' }, null]])
})
