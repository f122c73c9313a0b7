import { isHooklineError } from '../../errors/errors.ts'
import type { ApiClient } from '../api-client.ts'
import { readEvents } from '../event-stream.ts'

// The service sends a comment every 15 seconds where there is nothing else to send.
const MAX_SILENCE_MS = 60_000

/**
 * Acts at once, and whenever deliveries have been stored, until the connection ends; one action at a time. What is stored
 * during an action leads to one more. Throws what an action throws.
 */
export async function followDeliveries(client: ApiClient, act: () => Promise<void>): Promise<void> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), MAX_SILENCE_MS)
  let acting = Promise.resolve()
  let isDue = false
  const actSoon = () => {
    if (isDue) return
    isDue = true
    acting = acting.then(() => {
      isDue = false
      return act()
    })
    acting.catch(() => controller.abort())
  }
  try {
    const stream = await client.stream('/api/events?kinds=delivery', controller.signal)
    for await (const _event of readEvents(stream, () => timer.refresh())) {
      timer.refresh()
      actSoon()
    }
  } catch (error) {
    // Anything else is a connection that ended.
    if (isHooklineError(error)) throw error
  } finally {
    clearTimeout(timer)
    controller.abort()
    await acting
  }
}
