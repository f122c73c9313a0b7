import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, onTestFinished } from 'vitest'
import type {
  ProgramSettings,
  RunningConfig,
  RunningProgram,
} from '../../../core/contracts/config.ts'
import type { Facts } from '../../../core/contracts/event.ts'
import type { ExecutorInstance } from '../../../core/contracts/executor.ts'
import type { NewTask, StoreInstance } from '../../../core/contracts/store.ts'
import type { TaskRecord, TaskState } from '../../../core/contracts/task.ts'
import { createId } from '../../../core/kit/id.ts'
import { Redactor } from '../../../core/redaction/redactor.ts'
import { Worker, type WorkerOptions } from '../../../core/work/worker.ts'
import { openSqlite } from '../../plugins/stores/sqlite/open-sqlite.ts'

export interface LogLine {
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

/** Keeps what is logged, so that tests can read it. */
export function createLogger() {
  const lines: LogLine[] = []
  const at = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...fields }, message })
  }
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

export const silentLogger = createLogger()

export const SETTINGS: ProgramSettings = {
  params: [],
  variables: {},
  readsRequest: false,
  readsApprovalLink: false,
  allowLeadingDash: false,
  timeoutSeconds: 60,
  outputLimitBytes: 1024 * 1024,
  retry: {
    attempts: 3,
    lostAttempts: 10,
    backoffSeconds: 0.02,
    maxBackoffSeconds: 1,
    exitCodes: null,
  },
  policy: {
    key: null,
    concurrency: null,
    replaces: 'none',
    debounceSeconds: 0,
    rateLimit: null,
    priority: 0,
  },
  breaker: null,
  expect: null,
  runsOn: [],
}

export interface Program extends ExecutorInstance {
  readonly settings?: Partial<ProgramSettings>
}

export function createConfig(
  programs: Readonly<Record<string, Program>>,
  node: Partial<RunningConfig['settings']['node']> = {},
): RunningConfig {
  const origin = { layer: 'config', file: null } as const
  const running = Object.entries(programs).map(([name, { settings, ...instance }]) => {
    const definition = { kind: 'executor', name: 'inline', summary: '' } as const
    const program = { name, origin, definition, instance, settings: { ...SETTINGS, ...settings } }
    return [name, program as unknown as RunningProgram] as const
  })
  const settings = {
    node: { name: 'a', labels: [], concurrency: 8, leaseSeconds: 30, stopSeconds: 30, ...node },
  }
  return { settings, programs: new Map(running), rules: [] } as unknown as RunningConfig
}

/** An open store, with its own clock that a test can put forward. After the test, it is gone. */
export async function openStore() {
  const time = { aheadMs: 0 }
  return { store: await openSqlite(() => Date.now() + time.aheadMs), time }
}

/** The same, opened before each test of a file. */
export function storeForEach() {
  let opened: Awaited<ReturnType<typeof openStore>>
  beforeEach(async () => {
    opened = await openStore()
  })
  return {
    get store() {
      return opened.store
    },
    get time() {
      return opened.time
    },
  }
}

/** Starts a worker, which is stopped after the test. */
export function startWorker(
  store: StoreInstance,
  config: () => RunningConfig,
  options: Partial<WorkerOptions> = {},
): Worker {
  const worker = new Worker({
    store,
    config,
    nodeName: 'a',
    logger: silentLogger,
    redactor: new Redactor(),
    clock: Date.now,
    random: Math.random,
    ...options,
  })
  onTestFinished(() => worker.stop(0))
  worker.start()
  return worker
}

export interface NewWork {
  readonly payload?: string
  readonly facts?: Facts
  readonly type?: string
  readonly senderId?: string | null
  /** Default: no key, priority 0, replaces none. */
  readonly policy?: Partial<Pick<NewTask, 'policyKey' | 'priority' | 'replaces'>>
  /** Default: it needs no approval. */
  readonly approvalMs?: number
}

/** Commits a delivery with one event and one task, and answers the task's id. */
export async function addTask(
  store: StoreInstance,
  program: string,
  {
    payload = '{}',
    facts = {},
    type = 'push',
    senderId = null,
    policy = {},
    approvalMs,
  }: NewWork = {},
): Promise<string> {
  const now = Date.now()
  const taskId = createId('tsk', now)
  const task: NewTask = {
    id: taskId,
    rule: 'rule',
    program,
    dueAt: now,
    policyKey: null,
    priority: 0,
    replaces: 'none',
    ...policy,
    ...(approvalMs !== undefined && { approvalMs }),
  }
  await store.accept({
    delivery: {
      id: createId('dlv', now),
      source: 'github',
      receivedAt: now,
      method: 'POST',
      path: '/webhooks/github',
      headers: {},
      client: null,
      body: Buffer.from(payload),
      outcome: 'accepted',
      reason: null,
      originalId: null,
    },
    events: [
      {
        id: createId('evt', now),
        type,
        senderId,
        facts,
        payload: null,
        decisions: [{ rule: 'rule', program, matched: true, taskId }],
        tasks: [task],
      },
    ],
  })
  return taskId
}

/** Waits until a check gives a value; throws after 10 s. */
export async function until<Value>(
  check: () => Value | Promise<Value>,
): Promise<NonNullable<Exclude<Value, false>>> {
  for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 10) {
    const value = await check()
    if (value) return value as NonNullable<Exclude<Value, false>>
    await sleep(10)
  }
  throw new Error('waited 10 s in vain')
}

export function inState(
  store: StoreInstance,
  taskId: string,
  state: TaskState,
): Promise<TaskRecord> {
  return until(async () => {
    const task = await store.task(taskId)
    return task?.state === state ? task : null
  })
}

/** Resolves when the signal is aborted, with its reason. */
export function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason)
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true })
  })
}
