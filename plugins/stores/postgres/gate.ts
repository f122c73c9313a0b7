import { unavailable } from './fault.ts'

/** Lets so many through at once; others wait for their turn, for a limited time. */
export type Gate = <Result>(body: () => Promise<Result>) => Promise<Result>

interface Waiting {
  readonly enter: () => void
}

export function createGate(places: number, waitMs: number): Gate {
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
  // A place goes straight to the one that has waited longest.
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
