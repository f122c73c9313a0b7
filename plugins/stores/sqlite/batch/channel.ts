import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { HooklineError, type StoreChange } from '../../../../core/sdk/store.ts'
import type { Failure, FromThread, OperationName, Operations, ToThread } from './messages.ts'
import { createOutbox, type Outgoing } from './outbox.ts'

const THREAD = new URL(
  import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js',
  import.meta.url,
)
const CLOSE_LIMIT_MS = 15_000
const NO_BODY = new Uint8Array(0)

/** The connection to the thread that owns the database. */
export interface Channel {
  /** Rejects with `store_unavailable` if the call was not committed, or may not have been. */
  call<Name extends OperationName>(
    name: Name,
    args: Operations[Name]['args'],
    body?: Uint8Array,
  ): Promise<Operations[Name]['answer']>
  /** Lets nothing be read or written any more, since the file is damaged. */
  markDamaged(failure: Failure): void
  /** Waits for the answers to all calls so far. */
  close(): Promise<void>
}

interface ChannelOptions {
  readonly path: string
  readonly now: number
  readonly onChanges: (changes: readonly StoreChange[]) => void
  /** Called with each failure of a call. */
  readonly onRefused: (error: HooklineError) => void
  /** Called if the thread of an open database ends without being asked to. */
  readonly onFailure: (error: HooklineError) => void
}

/** Starts the thread and resolves once the database is open. */
export async function openChannel(options: ChannelOptions): Promise<Channel> {
  const { path, now, onChanges, onRefused, onFailure } = options
  const thread = new Worker(THREAD, { name: 'hookline-sqlite', env: withCodeCache() })
  const opened = Promise.withResolvers<void>()
  const exited = Promise.withResolvers<void>()
  const sent: Outgoing[] = []
  let ended: HooklineError | null = null
  let state: 'opening' | 'open' | 'closing' = 'opening'

  const send = (message: ToThread, transfer: readonly ArrayBuffer[] = []): void =>
    thread.postMessage(message, transfer)
  const outbox = createOutbox((calls, message) => {
    send(message, [message.bodies.buffer])
    for (const call of calls) sent.push(call)
  })
  const end = (error: HooklineError): void => {
    if (ended === null && state === 'open') onFailure(error)
    ended ??= error
    opened.reject(ended)
    for (const call of [...sent.splice(0), ...outbox.clear()]) call.reject(ended)
  }

  thread.on('message', (message: FromThread) => {
    if (message.kind === 'opened') opened.resolve()
    else if (message.kind === 'open_failed') end(toError(message.failure))
    else {
      settleAll(sent.splice(0, message.answers.length), message, onRefused)
      if (message.changes.length > 0) onChanges(message.changes)
    }
  })
  thread.on('error', (error) => end(unavailable('The thread of the store failed.', error)))
  thread.on('exit', () => {
    end(unavailable('The thread of the store has ended.'))
    exited.resolve()
  })

  send({ kind: 'open', path, now })
  try {
    await opened.promise
  } catch (error) {
    await thread.terminate()
    throw error
  }
  state = 'open'

  return {
    call<Name extends OperationName>(
      name: Name,
      args: Operations[Name]['args'],
      body: Uint8Array = NO_BODY,
    ) {
      return new Promise<Operations[Name]['answer']>((resolve, reject) => {
        if (ended !== null) reject(ended)
        else {
          const call = [name, args, body.byteLength] as const
          outbox.add({ call, body, resolve: resolve as (answer: unknown) => void, reject })
        }
      })
    },
    markDamaged(failure) {
      if (ended === null) send({ kind: 'damaged', failure })
      onRefused(toError(failure))
    },
    async close() {
      state = 'closing'
      outbox.flush()
      if (ended === null) send({ kind: 'close' })
      const limit = setTimeout(() => void thread.terminate(), CLOSE_LIMIT_MS)
      await exited.promise
      clearTimeout(limit)
    },
  }
}

// A thread keeps no compiled code unless this variable tells it where.
function withCodeCache(): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir()
  return folder === undefined
    ? process.env
    : { ...process.env, NODE_COMPILE_CACHE: dirname(folder) }
}

function settleAll(
  calls: readonly Outgoing[],
  { answers, failures }: Extract<FromThread, { kind: 'answers' }>,
  onRefused: (error: HooklineError) => void,
): void {
  for (const [index, call] of calls.entries()) {
    const failure = failures.get(index)
    if (failure === undefined) {
      call.resolve(answers[index])
      continue
    }
    const error = toError(failure)
    onRefused(error)
    call.reject(error)
  }
}

function toError({ code, message, cause, remedy }: Failure): HooklineError {
  const details = { cause: new Error(cause), ...(remedy === undefined ? {} : { remedy }) }
  return new HooklineError(code, message, details)
}

/** The store is closed, or its thread has gone. */
export function unavailable(message: string, cause?: unknown): HooklineError {
  return new HooklineError('store_unavailable', message, { cause })
}
