import type { StreamingApi } from 'hono/utils/stream'

const MAX_STALL_MS = 60_000

/** Sends to a stream, and gives up a reader that takes nothing for a minute: the stream is then aborted. */
export async function sendWithin(stream: StreamingApi, sending: Promise<unknown>): Promise<void> {
  const timer = setTimeout(() => stream.abort(), MAX_STALL_MS)
  try {
    await sending
  } finally {
    clearTimeout(timer)
  }
}
