import { Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { isHooklineError } from '../../errors/errors.ts'
import { boundHeap } from '../heap.ts'
import type { ConfigRevision, FromReceiver, ToReceiver } from './messages.ts'
import { type OpenReceiver, openReceiver } from './open-receiver.ts'

// The process of a receiver. The main process starts it with a channel for messages, and a stream for calls.

const CALLS_DESCRIPTOR = 4
const ORPHAN_THREAD = new URL(
  import.meta.url.endsWith('.ts') ? './orphan-thread.ts' : './orphan-thread.js',
  import.meta.url,
)

let opened: OpenReceiver | null = null
/** Configs are loaded one after the other. */
let loading: Promise<unknown> = Promise.resolve()

// Without the main process nothing can be committed, so nothing may be answered.
process.on('disconnect', () => process.exit(1))
if (!process.connected) process.exit(1)
// A terminal and systemd send them to all processes. The main process says when to stop.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
process.on('uncaughtException', failUncaught)
process.on('unhandledRejection', failUncaught)
process.on('message', (message: ToReceiver) => {
  if (message.kind === 'ping') {
    const { user, system } = process.cpuUsage()
    tell({ kind: 'pong', cpuSeconds: (user + system) / 1e6 })
  } else {
    loading = loading.then(() => follow(message)).catch(fail)
  }
})

async function follow(message: Exclude<ToReceiver, { kind: 'ping' }>): Promise<void> {
  if (message.kind === 'start') {
    new Worker(ORPHAN_THREAD, { workerData: message.mainPid }).unref()
    opened = await openReceiver(message, new Socket({ fd: CALLS_DESCRIPTOR }))
    tell({ kind: 'configured', revision: message.revision })
    boundHeap()
  } else if (message.kind === 'config') {
    tell(await configured(message))
  } else if (message.kind === 'public_url') {
    opened?.reachedAt(message.publicUrl)
  } else {
    await opened?.close()
    process.exit(0)
  }
}

/** Without the config it must not go on: deliveries would be matched by older rules. The main process says when to stop. */
async function configured(config: ConfigRevision): Promise<FromReceiver> {
  try {
    await opened?.configure(config)
    return { kind: 'configured', revision: config.revision }
  } catch (error) {
    return { kind: 'failed', reason: reasonOf(error) }
  }
}

function tell(message: FromReceiver): void {
  // If it cannot be told, the main process has ended: `disconnect` follows.
  process.send?.(message, () => {})
}

function failUncaught(error: unknown): void {
  opened?.logger.error({ err: error }, 'a fault that nothing caught: the receiver ends')
  fail(error)
}

/** The main process logs the reason. */
function fail(error: unknown): void {
  const told: FromReceiver = { kind: 'failed', reason: reasonOf(error) }
  process.send?.(told, () => process.exit(1))
}

function reasonOf(error: unknown): string {
  return isHooklineError(error) ? `${error.code}: ${error.message}` : String(error)
}
