import { type MadeRun, makeRun } from '../../../core/testing/make-run.ts'

/** A run that counts how often its input was made. */
export function countStdin(): MadeRun & { readonly reads: () => number } {
  const made = makeRun()
  const { stdin } = made.run
  let reads = 0
  const get = () => {
    reads++
    return stdin
  }
  Object.defineProperty(made.run, 'stdin', { get, enumerable: true })
  return { ...made, reads: () => reads }
}
