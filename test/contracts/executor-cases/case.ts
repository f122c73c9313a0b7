import { strict as assert } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutorInstance } from '../../../core/index.ts'
import type { ExecutorProgram } from './adapter.ts'

/** One test of an executor, and the kind of program it needs. */
export interface ExecutorCase {
  readonly title: string
  readonly program: ExecutorProgram
  readonly check: (executor: ExecutorInstance) => Promise<void>
}

/** Far above what any good executor needs, and below the limit of the test itself. */
export const CASE_SECONDS = 15
const POLL_MS = 20

/** The promise's value, or a failed assertion where it takes longer. */
export async function withinSeconds<Value>(
  seconds: number,
  promise: Promise<Value>,
): Promise<Value> {
  const timeout = new AbortController()
  const late = sleep(seconds * 1000, undefined, { signal: timeout.signal }).then(() =>
    assert.fail(`took longer than ${seconds} seconds`),
  )
  late.catch(() => {})
  try {
    return await Promise.race([promise, late])
  } finally {
    timeout.abort()
  }
}

/** Asks again and again until the answer is yes; fails with `what` where it stays no. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  seconds = CASE_SECONDS,
): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (!(await isSo())) {
    assert.ok(performance.now() < end, `${what}: not so after ${seconds} seconds`)
    await sleep(POLL_MS)
  }
}
