import type { IncomingMessage } from 'node:http'
import { HooklineError } from '../kit/errors.ts'
import type { BodyShare } from './body-budget.ts'

export interface BodyLimits {
  readonly maxBytes: number
  readonly seconds: number
  /** Asked before each part of it is kept. */
  readonly share: Pick<BodyShare, 'take'>
}

/** Reads a request's raw bytes from node's own stream, within a size and a time. */
export function readIncoming(incoming: IncomingMessage, limits: BodyLimits): Promise<Uint8Array> {
  const declared = Number(incoming.headers['content-length'] ?? 0)
  if (declared > limits.maxBytes) return Promise.reject(tooLarge(limits.maxBytes))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const timer = setTimeout(() => end(timedOut(limits.seconds)), limits.seconds * 1000)
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size > limits.maxBytes) return end(tooLarge(limits.maxBytes))
      if (!limits.share.take(chunk.length)) return end(tooManyBytes())
      chunks.push(chunk)
    }
    const onEnd = () => end(null)
    const onClose = () => end(cutShort())
    const end = (fault: HooklineError | null) => {
      clearTimeout(timer)
      incoming.off('data', onData).off('end', onEnd).off('error', onClose).off('close', onClose)
      if (fault === null)
        return resolve(chunks.length === 1 ? bytes(chunks[0]) : bytes(Buffer.concat(chunks)))
      // What still comes is let go; the answer closes the connection.
      incoming.on('error', ignore).resume()
      reject(fault)
    }
    incoming.on('data', onData).on('end', onEnd).on('error', onClose).on('close', onClose)
    if (incoming.destroyed && !incoming.readableEnded) onClose()
  })
}

/** The same for a web request, where there is no node stream. */
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

function ignore(): void {}

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
