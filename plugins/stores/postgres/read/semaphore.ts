import { unavailable } from '../database/fault.ts'

/** Runs a limited number of bodies at once. Others wait for their turn, for a limited time. */
export type Semaphore = <Result>(body: () => Promise<Result>) => Promise<Result>

interface Waiting {
  readonly enter: () => void
}

export function createSemaphore(places: number, waitMs: number): Semaphore {
  let free = places
  const waiting = new Set<Waiting>()

  const enter = (): Promise<void> | null => {
    if (free > 0) {
      free -= 1
      return null
    }
    return new Promise((resolve, reject) => {
      const each: Waiting = {
        enter() {
          clearTimeout(timer)
          resolve()
        },
      }
      const timer = setTimeout(() => {
        waiting.delete(each)
        reject(unavailable('Too many others read from the database.'))
      }, waitMs)
      waiting.add(each)
    })
  }
  // A free place goes directly to the one that has waited longest.
  const leave = (): void => {
    const [next] = waiting
    if (next === undefined) {
      free += 1
      return
    }
    waiting.delete(next)
    next.enter()
  }

  return async (body) => {
    await enter()
    try {
      return await body()
    } finally {
      leave()
    }
  }
}
