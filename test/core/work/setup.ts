import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sqlite } from 'hookline/stores'
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
import type { WorkerOptions } from '../../../core/work/worker.ts'
import { Worker } from '../../../core/work/worker.ts'

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

/** A store on disk, opened, with its own clock that a test can put forward. */
export async function openStore() {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-work-'))
  const time = { aheadMs: 0 }
  const store = sqlite.definition.create(
    {},
    {
      name: 'sqlite',
      baseDir: folder,
      dataDir: folder,
      logger: silentLogger,
      clock: () => Date.now() + time.aheadMs,
    },
  )
  await store.open()
  const close = async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { store, time, close }
}

export function createWorker(
  store: StoreInstance,
  config: () => RunningConfig,
  options: Partial<WorkerOptions> = {},
): Worker {
  return new Worker({
    store,
    config,
    nodeName: 'a',
    logger: silentLogger,
    redactor: new Redactor(),
    clock: Date.now,
    random: Math.random,
    ...options,
  })
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
