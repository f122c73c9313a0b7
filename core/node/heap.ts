import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type CollectGarbage = (options: { type: 'major'; flavor: 'last-resort' }) => void

/** The first requests of a service that was waited for come first. */
const AFTER_MS = 1_000
/** Of each of the two halves of the part for new objects. V8 would let them grow to 32 MiB. */
const NEW_OBJECTS_BYTES = 8 * 2 ** 20
/** V8 counts the beginning of each of its pages or not. */
const ROUNDING = 0.9

/**
 * To be called once the service is up. Bounds what all threads keep for new objects, as `--max-semi-space-size` does,
 * which only the command line and NODE_OPTIONS can say; where they do, it stays at that. Gives back, once, what only the
 * start has needed: about a tenth of the memory of the process.
 */
export function boundHeap(): void {
  const options = [...process.execArgv, process.env['NODE_OPTIONS']].join(' ')
  if (!/semi[-_]space/.test(options)) boundNewObjects()
  setTimeout(compactHeap, AFTER_MS).unref()
}

// V8 asks for the factor whenever this part has too little room.
function boundNewObjects(): void {
  let mayGrow = true
  new PerformanceObserver(() => {
    const mayGrowNow = newObjectsRoom() < NEW_OBJECTS_BYTES * ROUNDING
    if (mayGrowNow === mayGrow) return
    mayGrow = mayGrowNow
    setFlagsFromString(`--semi-space-growth-factor=${mayGrow ? 2 : 1}`)
  }).observe({ entryTypes: ['gc'] })
}

/** Bytes that can be allocated between two collections. */
function newObjectsRoom(): number {
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
  return space === undefined ? 0 : space.space_used_size + space.space_available_size
}

// V8 would do so only once it has allocated as much again, which takes an idle service days. Takes 20 to 40 ms.
function compactHeap(): void {
  // There is no other way to it in a running process.
  setFlagsFromString('--expose-gc')
  const collect: CollectGarbage = runInNewContext('gc')
  // Compiled code is kept for the flags of the moment, and used where they are the same.
  setFlagsFromString('--no-expose-gc')
  collect({ type: 'major', flavor: 'last-resort' })
}
