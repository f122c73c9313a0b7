/** Waits for notifications. One that came since the last wait ends the next wait at once. */
export interface Waiter {
  /** Resolves at a notification, or after `limitMs`. */
  wait(limitMs: number): Promise<void>
  notify(): void
  /** Ends the subscription that notifies. */
  dispose(): void
}

export function createWaiter(dispose: () => void): Waiter {
  let isNotified = false
  let wake: (() => void) | null = null
  return {
    dispose,
    notify: () => {
      isNotified = true
      wake?.()
    },
    wait: async (limitMs) => {
      if (!isNotified) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, limitMs)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      wake = null
      isNotified = false
    },
  }
}
