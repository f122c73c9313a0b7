import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import type { ExecutorInstance } from '../../contracts/executor.ts'
import { makeRun } from '../make-run.ts'
import { CASE_SECONDS, type ExecutorCase, withinSeconds } from './case.ts'

const INPUT_BYTES = 10 * 1024 * 1024

const ARGS: readonly string[] = [
  'plain',
  '',
  'two words',
  ' leading and trailing ',
  '"double" and \'single\'',
  'back\\slash\\',
  '$HOME `id` $(id) ; | & > < * ? ~ #',
  'first line\nsecond line\r\n\ttab',
  'ünïcödé 日本語 🎣',
  '--option=value',
  '-',
  '%PATH% ^caret !bang!',
]

/** What a program is given. */
export const inputCases: readonly ExecutorCase[] = [
  {
    title: 'arguments arrive exactly',
    program: 'echo-args',
    check: async (executor) => {
      const made = makeRun({ args: ARGS })
      await withinSeconds(CASE_SECONDS, executor.run(made.run))
      assert.deepEqual(JSON.parse(made.output().stdout.toString()), ARGS)
    },
  },
  {
    title: 'variables of the run arrive exactly',
    program: 'echo-env',
    check: async (executor) => {
      const env = { WEBHOOK_TYPE: 'push', WEBHOOK_NOTE: 'a "b" $c\nd=é 🎣', WEBHOOK_EMPTY: '' }
      const seen = await environmentOf(executor, env)
      for (const [name, value] of Object.entries(env)) assert.equal(seen[name], value)
    },
  },
  {
    title: 'variables of this process do not leak',
    program: 'echo-env',
    check: async (executor) => {
      process.env['CONTRACT_LEAK'] = 'seen'
      try {
        const seen = await environmentOf(executor, {})
        assert.equal(seen['CONTRACT_LEAK'], undefined)
      } finally {
        delete process.env['CONTRACT_LEAK']
      }
    },
  },
  {
    title: '10 MiB of standard input arrive whole',
    program: 'hash-input',
    check: async (executor) => {
      const stdin = 'æ'.repeat(INPUT_BYTES / 2)
      const made = makeRun({ stdin })
      await withinSeconds(CASE_SECONDS, executor.run(made.run))
      const expected = createHash('sha256').update(stdin).digest('hex')
      assert.equal(made.output().stdout.toString().trim(), expected)
    },
  },
  {
    title: 'a program need not read its standard input',
    program: 'ignore-input',
    check: async (executor) => {
      const made = makeRun({ stdin: 'x'.repeat(INPUT_BYTES) })
      const outcome = await withinSeconds(CASE_SECONDS, executor.run(made.run))
      assert.equal(outcome.status, 'succeeded')
    },
  },
]

async function environmentOf(
  executor: ExecutorInstance,
  env: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
  const made = makeRun({ env })
  const outcome = await withinSeconds(CASE_SECONDS, executor.run(made.run))
  assert.equal(outcome.status, 'succeeded')
  return JSON.parse(made.output().stdout.toString())
}
