import { strict as assert } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutorInstance } from '../../contracts/executor.ts'
import { withTimeLimit } from '../../kit/time-limit.ts'
import type { ExecutorProgram } from './adapter.ts'

/** One test of an executor, and the kind of program it needs. */
export interface ExecutorCase {
  readonly title: string
  readonly program: ExecutorProgram
  readonly check: (executor: ExecutorInstance) => Promise<void>
}

/** Far more than a good executor needs, and less than the time limit of a test. */
export const CASE_SECONDS = 15
const POLL_MS = 20

/** The promise's value; a failed assertion if it takes longer. */
export async function withinSeconds<Value>(
  seconds: number,
  promise: Promise<Value>,
): Promise<Value> {
  return withTimeLimit(promise, seconds * 1000, () =>
    assert.fail(`took longer than ${seconds} seconds`),
  )
}

/** Polls until the answer is true; fails with `what` if it never is. */
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
