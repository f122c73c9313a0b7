import type { StreamingApi } from 'hono/utils/stream'

const MAX_STALL_MS = 60_000

/** Waits for a write to a stream. Aborts the stream if its reader takes nothing for a minute. */
export async function sendWithin(stream: StreamingApi, sending: Promise<unknown>): Promise<void> {
  const timer = setTimeout(() => stream.abort(), MAX_STALL_MS)
  try {
    await sending
  } finally {
    clearTimeout(timer)
  }
}
