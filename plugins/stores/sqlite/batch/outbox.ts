import { HooklineError } from '../../../../core/sdk/store.ts'
import type { PackedCall, ToThread } from './messages.ts'

const MAX_MESSAGE_BYTES = 16_777_216

type CallsMessage = Extract<ToThread, { kind: 'calls' }> & {
  readonly bodies: Uint8Array<ArrayBuffer>
}

/** One call and the promise that waits for it. */
export interface Outgoing {
  readonly call: PackedCall
  readonly body: Uint8Array
  resolve(answer: unknown): void
  reject(error: unknown): void
}

/** Gathers the calls of one turn of the event loop, so that they travel as one message. */
export interface Outbox {
  add(call: Outgoing): void
  /** Sends at once what was gathered. */
  flush(): void
  /** Empties it and returns what was never sent. */
  clear(): readonly Outgoing[]
}

/** If `send` throws, it must have sent nothing. */
export function createOutbox(
  send: (calls: readonly Outgoing[], message: CallsMessage) => void,
): Outbox {
  let gathered: Outgoing[] = []
  let bytes = 0
  let scheduled: NodeJS.Immediate | null = null

  const take = (): Outgoing[] => {
    const calls = gathered
    gathered = []
    bytes = 0
    if (scheduled !== null) clearImmediate(scheduled)
    scheduled = null
    return calls
  }
  const flush = (): void => {
    const calls = take()
    if (calls.length > 0) sendAll(calls)
  }
  // A plugin without types may give values that cannot be copied to a thread. Then only its own call fails.
  const sendAll = (calls: readonly Outgoing[]): void => {
    try {
      send(calls, pack(calls))
    } catch (cause) {
      const fault = new HooklineError('internal', 'A call of the store cannot be sent.', { cause })
      if (calls.length === 1) calls[0]?.reject(fault)
      else for (const call of calls) sendAll([call])
    }
  }

  return {
    add(call) {
      gathered.push(call)
      bytes += call.body.byteLength
      if (bytes >= MAX_MESSAGE_BYTES) flush()
      else scheduled ??= setImmediate(flush)
    },
    flush,
    clear: take,
  }
}

// All bodies go into one buffer, which is transferred. Copying each one would copy the whole pool that a small Buffer is
// part of.
function pack(calls: readonly Outgoing[]): CallsMessage {
  const bytes = calls.reduce((sum, { body }) => sum + body.byteLength, 0)
  const bodies = Buffer.allocUnsafeSlow(bytes)
  let start = 0
  for (const { body } of calls) {
    if (body.byteLength > 0) bodies.set(body, start)
    start += body.byteLength
  }
  return { kind: 'calls', calls: calls.map(({ call }) => call), bodies }
}
