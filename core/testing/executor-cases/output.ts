import { strict as assert } from 'node:assert'
import { makeRun } from '../make-run.ts'
import { FLOOD_BYTES } from './adapter.ts'
import { CASE_SECONDS, type ExecutorCase, withinSeconds } from './case.ts'

const CHUNK_BYTES = 1024 * 1024

/** What happens to a program's output. */
export const outputCases: readonly ExecutorCase[] = [
  {
    title: 'a flood of output arrives whole, in parts, and is not kept in memory',
    program: 'flood',
    check: async (executor) => {
      let peak = 0
      const made = makeRun({
        keepBytes: 0,
        onWrite: () => {
          peak = Math.max(peak, process.memoryUsage().arrayBuffers)
        },
      })
      const outcome = await withinSeconds(CASE_SECONDS, executor.run(made.run))
      const { bytes, largestChunk } = made.written()
      assert.equal(outcome.status, 'succeeded')
      assert.equal(bytes, FLOOD_BYTES)
      assert.ok(largestChunk <= CHUNK_BYTES, `a chunk of ${largestChunk} bytes`)
      // An executor that kept the output would hold all of it at once.
      assert.ok(peak < FLOOD_BYTES, `${peak} bytes in memory`)
    },
  },
  {
    title: 'bytes that are not UTF-8 pass as they are',
    program: 'invalid-utf8',
    check: async (executor) => {
      const made = makeRun()
      await withinSeconds(CASE_SECONDS, executor.run(made.run))
      assert.equal(made.output().stdout.toString('hex'), 'fffe80c328000a')
    },
  },
  {
    title: 'a program that closes its output goes on to its end',
    program: 'close-output',
    check: async (executor) => {
      const made = makeRun()
      const outcome = await withinSeconds(CASE_SECONDS, executor.run(made.run))
      assert.equal(outcome.status, 'succeeded')
      assert.match(made.output().stderr.toString(), /still here/)
    },
  },
  {
    title: 'a process left behind with the output does not hold up the run',
    program: 'linger',
    check: async (executor) => {
      const outcome = await withinSeconds(CASE_SECONDS, executor.run(makeRun().run))
      assert.equal(outcome.status, 'succeeded')
    },
  },
]
