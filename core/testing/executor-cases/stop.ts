import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutorInstance, StopReason } from '../../contracts/executor.ts'
import { makeRun } from '../make-run.ts'
import type { ExecutorAdapter } from './adapter.ts'
import { CASE_SECONDS, type ExecutorCase, until, withinSeconds } from './case.ts'

const REASONS: readonly StopReason[] = ['timeout', 'cancelled', 'lease_lost', 'stopping']
/** Another stop leaves a run at its engine. */
const REASONS_OF_ENGINES: readonly StopReason[] = ['timeout', 'cancelled']
const QUIET_MS = 200

/** What an abort of the run's signal does. */
export function stopCases(adapter: ExecutorAdapter): readonly ExecutorCase[] {
  const { stopSeconds, isRunning = isProcessRunning, handsOver = false } = adapter

  // Starts the program, stops it when both processes run, and checks that none is left.
  async function stopsAll(executor: ExecutorInstance, reason: StopReason): Promise<void> {
    const made = makeRun()
    const ids = () => [
      ...made
        .output()
        .stdout.toString()
        .matchAll(/^running (.+)$/gm),
    ]
    const outcome = executor.run(made.run)
    await until('the program and its child run', () => ids().length === 2)
    made.abort(reason)
    await withinSeconds(stopSeconds, outcome)
    const before = made.written().bytes
    for (const [, id = ''] of ids()) {
      await until(`process ${id} is gone`, async () => !(await isRunning(id)), 1)
    }
    await sleep(QUIET_MS)
    assert.equal(made.written().bytes, before, 'nothing is written after the run has resolved')
  }

  return [
    ...(handsOver ? REASONS_OF_ENGINES : REASONS).map(
      (reason): ExecutorCase => ({
        title: `${reason} ends the program and what it started`,
        program: 'sleep',
        check: (executor) => stopsAll(executor, reason),
      }),
    ),
    {
      title: 'a program that ignores the request to end is ended all the same',
      program: 'stubborn',
      check: (executor) => stopsAll(executor, 'timeout'),
    },
    {
      title: 'a run that was stopped before its start resolves and runs nothing',
      program: 'sleep',
      check: async (executor) => {
        const made = makeRun()
        made.abort('cancelled')
        await withinSeconds(stopSeconds, executor.run(made.run))
        await sleep(QUIET_MS)
        assert.equal(made.written().bytes, 0)
      },
    },
    {
      title: 'a stop in the moment of the start',
      program: 'sleep',
      check: async (executor) => {
        const made = makeRun()
        const outcome = executor.run(made.run)
        made.abort('stopping')
        await withinSeconds(stopSeconds, outcome)
      },
    },
    {
      title: 'a stop during a flood of output',
      program: 'flood',
      check: async (executor) => {
        const made = makeRun({ onWrite: () => made.abort('timeout') })
        await withinSeconds(stopSeconds, executor.run(made.run))
      },
    },
    {
      title: 'a stop after the end does nothing',
      program: 'succeed',
      check: async (executor) => {
        const made = makeRun()
        const outcome = await withinSeconds(CASE_SECONDS, executor.run(made.run))
        made.abort('cancelled')
        assert.equal(outcome.status, 'succeeded')
      },
    },
  ]
}

// A process that has ended but was not waited for is a zombie, which still has its id.
function isProcessRunning(id: string): boolean {
  try {
    process.kill(Number(id), 0)
  } catch {
    return false
  }
  if (process.platform !== 'linux') return true
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${id}/status`, 'utf8'))
  } catch {
    return false
  }
}
