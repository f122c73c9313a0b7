import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import { HooklineError } from '../../errors/errors.ts'
import type { HttpTypes } from './types.ts'

/** Bytes that the bodies of all deliveries may take in memory together. */
export const MAX_HELD_BYTES = 512 * 1024 * 1024
/** A body that takes longer to arrive may be given up for one that is so much smaller. */
const SLOW_BODY_MS = 2000
const TIMES_SMALLER = 4

export interface BodyLimits {
  readonly maxBytes: number
  readonly seconds: number
  /** Asked before each chunk is kept. */
  readonly share: Pick<BodyShare, 'take'> & Partial<Pick<BodyShare, 'reading'>>
}

/** Reads the raw body of a request. Throws `delivery_too_large`, `delivery_timeout`, `overloaded` or `delivery_unparsable`. */
export function readBody(context: Context<HttpTypes>, limits: BodyLimits): Promise<Uint8Array> {
  // Absent where no server called, as in `app.request()`.
  const incoming = context.env?.incoming
  return incoming === undefined
    ? readRequest(context.req.raw, limits)
    : readIncoming(incoming, limits)
}

/** Reads the body of a request of Node.js. */
export function readIncoming(incoming: IncomingMessage, limits: BodyLimits): Promise<Uint8Array> {
  const declared = Number(incoming.headers['content-length'] ?? 0)
  if (declared > limits.maxBytes) return Promise.reject(tooLarge(limits.maxBytes))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    let isEnded = false
    const timer = setTimeout(() => end(timedOut(limits.seconds)), limits.seconds * 1000)
    const onData = (chunk: Buffer) => {
      // Once it is given up, the rest of the body is discarded; the answer closes the connection.
      if (isEnded) return
      size += chunk.length
      if (size > limits.maxBytes) return end(tooLarge(limits.maxBytes))
      if (!limits.share.take(chunk.length)) return end(tooManyBytes())
      chunks.push(chunk)
    }
    const onEnd = () => end(null)
    const onClose = () => {
      if (!isEnded) end(cutShort())
    }
    const end = (fault: HooklineError | null) => {
      if (isEnded) return
      isEnded = true
      clearTimeout(timer)
      limits.share.reading?.(null)
      if (fault !== null) reject(fault)
      else resolve(chunks.length === 1 ? bytes(chunks[0]) : bytes(Buffer.concat(chunks)))
    }
    limits.share.reading?.(() => end(tooManyBytes()))
    incoming.on('data', onData).on('end', onEnd).on('error', onClose).on('close', onClose)
    if (incoming.destroyed && !incoming.readableEnded) onClose()
  })
}

/** Reads the body of a web request, which has no stream of Node.js. */
export async function readRequest(request: Request, limits: BodyLimits): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array(0)
  const chunks: Uint8Array[] = []
  let size = 0
  const signal = AbortSignal.timeout(limits.seconds * 1000)
  try {
    for await (const chunk of request.body.pipeThrough(new TransformStream(), { signal })) {
      size += chunk.byteLength
      if (size > limits.maxBytes) throw tooLarge(limits.maxBytes)
      if (!limits.share.take(chunk.byteLength)) throw tooManyBytes()
      chunks.push(chunk)
    }
  } catch (error) {
    throw signal.aborted ? timedOut(limits.seconds) : error
  }
  return bytes(Buffer.concat(chunks))
}

function bytes(buffer: Buffer | undefined): Uint8Array {
  return buffer ?? new Uint8Array(0)
}

function tooLarge(maxBytes: number): HooklineError {
  return new HooklineError('delivery_too_large', `A body may have ${maxBytes} bytes at most`)
}

function tooManyBytes(): HooklineError {
  return new HooklineError('overloaded', 'The deliveries under way have too many bytes together', {
    fields: { retryAfterSeconds: 1 },
  })
}

function timedOut(seconds: number): HooklineError {
  return new HooklineError('delivery_timeout', `The body did not arrive within ${seconds} seconds`)
}

function cutShort(): HooklineError {
  return new HooklineError(
    'delivery_unparsable',
    'The connection ended before the whole body had come',
  )
}

/** The memory that one delivery holds. */
export interface BodyShare {
  /** Reserves more bytes; false if all deliveries together would hold too many. */
  take(bytes: number): boolean
  /** While the body is read: what ends that if others need its memory. Null once it is read. */
  reading(giveUp: (() => void) | null): void
  /** Gives back everything that was reserved. */
  release(): void
}

interface Held {
  readonly openedAt: number
  bytes: number
  giveUp: (() => void) | null
}

/**
 * Limits the memory of all bodies together: each may be large, and anybody may send many at once. If it is used up, a
 * body that has been coming for long is given up for a much smaller one. So slow senders of large bodies cannot hold off
 * deliveries of the usual size, and large bodies do not end each other.
 */
export class BodyBudget {
  readonly #limit: number
  readonly #clock: () => number
  readonly #open = new Set<Held>()
  #held = 0

  /** `clock` is in milliseconds. */
  constructor(limit: number = MAX_HELD_BYTES, clock = () => performance.now()) {
    this.#limit = limit
    this.#clock = clock
  }

  /** The share must be released. A delivery that is alone may hold any number of bytes. */
  open(): BodyShare {
    const own: Held = { openedAt: this.#clock(), bytes: 0, giveUp: null }
    this.#open.add(own)
    return {
      take: (bytes) => {
        while (this.#held !== own.bytes && this.#held + bytes > this.#limit) {
          if (!this.#makeRoom(own.bytes + bytes)) return false
        }
        this.#held += bytes
        own.bytes += bytes
        return true
      },
      reading: (giveUp) => {
        own.giveUp = giveUp
      },
      release: () => {
        this.#open.delete(own)
        this.#free(own)
      },
    }
  }

  /** Gives up the largest body that is slow and much larger than one of so many bytes. False if there is none. */
  #makeRoom(bytes: number): boolean {
    const openedBefore = this.#clock() - SLOW_BODY_MS
    let largest: Held | null = null
    for (const held of this.#open) {
      if (held.giveUp === null || held.openedAt > openedBefore) continue
      if (held.bytes > (largest?.bytes ?? TIMES_SMALLER * bytes)) largest = held
    }
    if (largest === null) return false
    this.#free(largest)
    largest.giveUp?.()
    return true
  }

  #free(held: Held): void {
    this.#held -= held.bytes
    held.bytes = 0
  }
}
