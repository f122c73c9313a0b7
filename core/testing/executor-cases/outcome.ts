import { strict as assert } from 'node:assert'
import type { Outcome } from '../../contracts/executor.ts'
import { makeRun } from '../make-run.ts'
import type { ExecutorAdapter } from './adapter.ts'
import { CASE_SECONDS, type ExecutorCase, withinSeconds } from './case.ts'

/** How runs end. */
export const outcomeCases = ({ runsAtOnce = 50 }: ExecutorAdapter): readonly ExecutorCase[] => [
  {
    title: 'a program that succeeds',
    program: 'succeed',
    check: async (executor) => {
      const outcome = await withinSeconds(CASE_SECONDS, executor.run(makeRun().run))
      assert.equal(outcome.status, 'succeeded')
    },
  },
  {
    title: 'a program that fails leaves a retry to its settings',
    program: 'fail',
    check: async (executor) => {
      const outcome = await withinSeconds(CASE_SECONDS, executor.run(makeRun().run))
      assert.notEqual(failed(outcome).retryable, false)
    },
  },
  {
    title: 'what can never succeed is an outcome, not a throw, and final',
    program: 'fail-for-good',
    check: async (executor) => {
      const outcome = await withinSeconds(CASE_SECONDS, executor.run(makeRun().run))
      assert.equal(failed(outcome).retryable, false)
    },
  },
  {
    title: `${runsAtOnce} runs at once keep their output apart`,
    program: 'echo-args',
    check: async (executor) => {
      const runs = Array.from({ length: runsAtOnce }, (_, index) =>
        makeRun({ args: [`run ${index}`] }),
      )
      const outcomes = await withinSeconds(
        CASE_SECONDS,
        Promise.all(runs.map(({ run }) => executor.run(run))),
      )
      for (const [index, made] of runs.entries()) {
        assert.equal(outcomes[index]?.status, 'succeeded')
        assert.deepEqual(JSON.parse(made.output().stdout.toString()), [`run ${index}`])
      }
    },
  },
  {
    title: 'one executor runs again and again',
    program: 'succeed',
    check: async (executor) => {
      for (let attempt = 1; attempt <= 3; attempt++) {
        const outcome = await withinSeconds(CASE_SECONDS, executor.run(makeRun({ attempt }).run))
        assert.equal(outcome.status, 'succeeded')
      }
    },
  },
  {
    title: 'a run after close is refused or runs to its end',
    program: 'succeed',
    check: async (executor) => {
      await executor.close?.()
      const late = executor.run(makeRun().run).then(
        ({ status }) => status,
        () => 'refused',
      )
      const answer = await withinSeconds(CASE_SECONDS, late)
      assert.ok(['succeeded', 'failed', 'refused'].includes(answer), answer)
    },
  },
]

function failed(outcome: Outcome): Extract<Outcome, { status: 'failed' }> {
  assert.equal(outcome.status, 'failed')
  assert.ok(outcome.reason.length > 0, 'the reason says what went wrong')
  return outcome
}
