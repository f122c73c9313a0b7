import type { FactValue, WebhookEvent } from '../contracts/event.ts'
import type { LogStream, ProgramRun, RunFile, StopReason } from '../contracts/executor.ts'

/** Settings of a run for a test; the rest has defaults. */
export interface RunSettings {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly files?: readonly RunFile[]
  /** Default: the event as JSON. */
  readonly stdin?: string
  readonly attempt?: number
  /** Default: another one for each run. */
  readonly idempotencyKey?: string
  /** Default 600. */
  readonly timeoutSeconds?: number
  readonly program?: string
  readonly type?: string
  readonly facts?: Readonly<Record<string, FactValue>>
  readonly payload?: unknown
  /** Output kept of each stream, in bytes; the rest is only counted. Default 1 MiB. */
  readonly keepBytes?: number
  /** Called with each chunk of output. */
  readonly onWrite?: (stream: LogStream, chunk: Uint8Array) => void
}

/** A run for an executor under test, and its output. */
export interface MadeRun {
  readonly run: ProgramRun
  /** The output kept so far. */
  output(): { readonly stdout: Buffer; readonly stderr: Buffer }
  /** All output so far, kept or not. */
  written(): { readonly bytes: number; readonly chunks: number; readonly largestChunk: number }
  abort(reason: StopReason): void
}

const KEEP_BYTES = 1024 * 1024

/** Makes a run as a worker would pass it to an executor. */
export function makeRun(settings: RunSettings = {}): MadeRun {
  const controller = new AbortController()
  const event = makeEvent(settings)
  const kept = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) }
  const keepBytes = settings.keepBytes ?? KEEP_BYTES
  const written = { bytes: 0, chunks: 0, largestChunk: 0 }
  const write = (stream: LogStream, chunk: Uint8Array) => {
    written.bytes += chunk.byteLength
    written.chunks += 1
    written.largestChunk = Math.max(written.largestChunk, chunk.byteLength)
    const room = keepBytes - kept[stream].byteLength
    if (room > 0) kept[stream] = Buffer.concat([kept[stream], chunk.subarray(0, room)])
    settings.onWrite?.(stream, chunk)
  }
  const run: ProgramRun = {
    taskId: 'tsk_00000000000000000000000001',
    attempt: settings.attempt ?? 1,
    idempotencyKey: settings.idempotencyKey ?? `tsk_${crypto.randomUUID()}-0`,
    timeoutSeconds: settings.timeoutSeconds ?? 600,
    rule: 'contract',
    program: settings.program ?? 'contract',
    event,
    args: settings.args ?? [],
    env: settings.env ?? {},
    ...(settings.files && { files: settings.files }),
    stdin: settings.stdin ?? JSON.stringify(event),
    signal: controller.signal,
    write,
  }
  return {
    run,
    output: () => kept,
    written: () => written,
    abort: (reason) => controller.abort(reason),
  }
}

function makeEvent({ type = 'sample', facts = {}, payload = {} }: RunSettings): WebhookEvent {
  return {
    id: 'evt_00000000000000000000000001',
    source: 'contract',
    type,
    senderId: null,
    deliveryId: 'dlv_00000000000000000000000001',
    receivedAt: new Date(0),
    facts,
    payload,
  }
}
