import { flushCompileCache } from 'node:module'
import { parentPort, receiveMessageOnPort } from 'node:worker_threads'
import type { StoreChange } from '../../../../core/sdk/store.ts'
import { openDatabase, type SqliteDatabase } from '../database/database.ts'
import { toFailure } from '../database/fault.ts'
import { createWriteBack, type WriteBack } from '../database/write-back.ts'
import { refuseIncomplete } from '../transfer/incomplete.ts'
import { answerAll, type BatchCall, runBatch } from './batch.ts'
import { createHandlers } from './handlers.ts'
import type { Failure, FromThread, ToThread } from './messages.ts'

// The thread that owns the database. It takes all queued calls and answers them after one commit. While it waits for the
// disk, the next calls gather.

/** A commit takes what is queued, up to about this limit. */
const MAX_CALLS = 2_000
const MAX_BODY_BYTES = 16_777_216
const KEEP_CODE_MS = 500

interface Opened {
  readonly database: SqliteDatabase
  readonly path: string
  readonly writeBack: WriteBack
  readonly changes: StoreChange[]
  readonly perform: (call: BatchCall) => unknown
}

const port = parentPort
if (port === null) throw new Error('This file runs as a thread of the store.')

let opened: Opened | undefined
/** Once the file is known to be damaged, nothing is read or written any more. */
let damage: Failure | undefined

port.on('message', (message: ToThread) => {
  let next: ToThread | undefined = message
  while (next !== undefined) next = handle(next)
})

function answer(message: FromThread): void {
  port?.postMessage(message)
}

// Returns a message that was taken from the queue but must be handled next.
function handle(message: ToThread): ToThread | undefined {
  if (message.kind === 'open') {
    open(message.path, message.now)
    return undefined
  }
  if (message.kind === 'damaged') {
    damage ??= message.failure
    return undefined
  }
  if (message.kind === 'close') {
    void close()
    return undefined
  }
  const calls: BatchCall[] = []
  let bodyBytes = 0
  let next: ToThread | undefined = message
  while (next?.kind === 'calls' && calls.length < MAX_CALLS && bodyBytes < MAX_BODY_BYTES) {
    bodyBytes += next.bodies.byteLength
    unpack(next, calls)
    next = received()
  }
  if (opened !== undefined) {
    answer(carryOut(opened, calls))
    if (damage === undefined) opened.writeBack.committed()
  }
  return next
}

function carryOut(store: Opened, calls: readonly BatchCall[]) {
  if (damage !== undefined) return answerAll(calls, damage)
  const answers = runBatch({ ...store, calls })
  damage = answers.failures.values().find(({ code }) => code === 'store_damaged')
  return answers
}

function received(): ToThread | undefined {
  if (port === null) return undefined
  return receiveMessageOnPort(port)?.message as ToThread | undefined
}

function unpack(message: Extract<ToThread, { kind: 'calls' }>, calls: BatchCall[]): void {
  let start = 0
  for (const call of message.calls) {
    const end = start + call[2]
    calls.push({ call, body: message.bodies.subarray(start, end) })
    start = end
  }
}

function open(path: string, now: number): void {
  try {
    const database = openDatabase(path)
    refuseIncomplete(database.connection, path)
    const changes: StoreChange[] = []
    const handlers = createHandlers({ database, changes }, now)
    opened = {
      database,
      path,
      writeBack: createWriteBack(database, path),
      changes,
      perform: ({ call: [name, args], body }) =>
        (handlers[name] as (args: readonly unknown[], body: Uint8Array) => unknown)(args, body),
    }
    answer({ kind: 'opened' })
    // Otherwise a thread keeps its compiled code only when it ends, and not if it is killed.
    setTimeout(flushCompileCache, KEEP_CODE_MS).unref()
  } catch (error) {
    answer({ kind: 'open_failed', failure: openFailure(path, error) })
    port?.close()
  }
}

async function close(): Promise<void> {
  await opened?.writeBack.close()
  opened = undefined
  port?.close()
}

// Whatever prevents the file from being opened, the store cannot be used.
function openFailure(path: string, error: unknown): Failure {
  const failure = toFailure(error, path)
  if (failure.code !== 'internal') return failure
  const message = `${path} cannot be opened: ${failure.cause}.`
  return { code: 'store_unavailable', message, cause: failure.cause }
}
