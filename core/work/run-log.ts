import { setTimeout as sleep } from 'node:timers/promises'
import type { LogStream } from '../contracts/executor.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { LogEntry, StoreInstance } from '../contracts/store.ts'
import { storeRetryMs } from '../kit/passes.ts'
import type { RedactingStream, Redactor } from '../redaction/redactor.ts'
import { addPiece, createPiece, OutputTail, type Piece, splitPiece } from './output-window.ts'

const FLUSH_MS = 200
const FLUSH_BYTES = 64 * 1024
const MAX_PENDING_PIECES = 4096
const LAST_TRIES = 5
const LAST_OUTPUT_LENGTH = 4096

export interface RunLogOptions {
  readonly taskId: string
  readonly attempt: number
  /** Bytes to keep. The first half is stored while the program runs, the last half at its end. */
  readonly limitBytes: number
  readonly store: Pick<StoreInstance, 'appendLog'>
  readonly redactor: Pick<Redactor, 'text' | 'stream'>
  readonly logger: PluginLogger
  readonly clock: () => number
}

interface Reader {
  readonly decoder: TextDecoder
  readonly redacted: RedactingStream
}

/** Redacts the output of one attempt and writes it to the store. Costs nothing if a program writes nothing. */
export class RunLog {
  readonly #options: RunLogOptions
  readonly #readers = new Map<LogStream, Reader>()
  readonly #tail: OutputTail
  #headBytesLeft: number
  #headOpen = true
  #pending: Piece[] = []
  #pendingBytes = 0
  #timer: NodeJS.Timeout | null = null
  #appending: Promise<void> | null = null
  #failures = 0
  #ended = false
  #lastOutput = ''

  constructor(options: RunLogOptions) {
    this.#options = options
    this.#headBytesLeft = Math.ceil(options.limitBytes / 2)
    this.#tail = new OutputTail(Math.floor(options.limitBytes / 2))
  }

  /** The end of the output so far, redacted, at most 4096 characters. */
  get lastOutput(): string {
    return this.#lastOutput
  }

  /** Never waits and never throws. Output after `end` is ignored. */
  write(stream: LogStream, chunk: Uint8Array): void {
    if (this.#ended || chunk.length === 0) return
    let reader = this.#readers.get(stream)
    if (reader === undefined) {
      reader = { decoder: new TextDecoder(), redacted: this.#options.redactor.stream() }
      this.#readers.set(stream, reader)
    }
    this.#keep(stream, reader.redacted.write(reader.decoder.decode(chunk, { stream: true })))
  }

  /** Resolves when all output is in the store, or was given up with an error in the log. */
  async end(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    for (const [stream, { decoder, redacted }] of this.#readers) {
      this.#keep(stream, redacted.write(decoder.decode()) + redacted.end())
    }
    this.#keepTail()
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    await this.#appending
    for (let tries = 1; this.#pending.length > 0; tries++) {
      await this.#append()
      if (this.#pending.length === 0) return
      if (tries >= LAST_TRIES) return this.#giveUp()
      await sleep(storeRetryMs(tries))
    }
  }

  #keep(stream: LogStream, text: string): void {
    if (text === '') return
    // Not every store can hold a NUL character in text.
    const clean = text.replaceAll('\0', '\uFFFD')
    const piece = createPiece(stream, this.#options.clock(), clean)
    this.#lastOutput = (this.#lastOutput + clean.slice(-LAST_OUTPUT_LENGTH)).slice(
      -LAST_OUTPUT_LENGTH,
    )
    const fits = piece.bytes <= this.#headBytesLeft && this.#pending.length < MAX_PENDING_PIECES
    if (this.#headOpen && fits) {
      this.#headBytesLeft -= piece.bytes
      this.#queue(piece)
    } else if (this.#headOpen) {
      this.#headOpen = false
      const [head, rest] = splitPiece(piece, this.#headBytesLeft)
      if (head.bytes > 0) this.#queue(head)
      this.#tail.add(rest)
    } else this.#tail.add(piece)
  }

  #keepTail(): void {
    const { pieces, leftOutBytes } = this.#tail.take()
    const stream = pieces[0]?.stream ?? 'stdout'
    if (leftOutBytes > 0) {
      const marker = `\n[… ${leftOutBytes} bytes left out …]\n`
      this.#pending.push(createPiece(stream, pieces[0]?.at ?? this.#options.clock(), marker))
    }
    for (const piece of pieces) this.#pending.push(piece)
  }

  #queue(piece: Piece): void {
    addPiece(this.#pending, piece)
    this.#pendingBytes += piece.bytes
    if (this.#ended || this.#appending !== null) return
    if (this.#pendingBytes >= FLUSH_BYTES && this.#failures === 0) this.#startAppending()
    else this.#wait(FLUSH_MS)
  }

  #wait(ms: number): void {
    this.#timer ??= setTimeout(() => this.#startAppending(), ms)
  }

  #startAppending(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#appending = this.#append().then(() => {
      this.#appending = null
      if (this.#pending.length === 0 || this.#ended) return
      if (this.#failures > 0) this.#wait(storeRetryMs(this.#failures))
      else if (this.#pendingBytes >= FLUSH_BYTES) this.#startAppending()
      else this.#wait(FLUSH_MS)
    })
  }

  /** Writes what is pending. It stays pending if the store fails. */
  async #append(): Promise<void> {
    const pieces = this.#pending
    const bytes = this.#pendingBytes
    this.#pending = []
    this.#pendingBytes = 0
    const { taskId, attempt, store } = this.#options
    try {
      const entries = pieces.map(
        ({ stream, at, text }): LogEntry => ({ taskId, attempt, stream, at, text }),
      )
      await store.appendLog(entries)
      this.#failures = 0
    } catch {
      this.#failures++
      this.#pending = [...pieces, ...this.#pending]
      this.#pendingBytes += bytes
    }
  }

  #giveUp(): void {
    const { taskId, attempt, logger } = this.#options
    this.#pending = []
    logger.error({ taskId, attempt }, 'the store did not take the output of a program; it is lost')
  }
}
