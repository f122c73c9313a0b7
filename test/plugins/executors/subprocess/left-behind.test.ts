import { getEventListeners } from 'node:events'
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { makeRun } from '../../../../core/testing/make-run.ts'
import { createSubprocess } from './create-subprocess.ts'

const isLinux = process.platform === 'linux'

function runningId(output: Buffer): number {
  return Number(/^running (\d+)$/m.exec(output.toString())?.[1])
}

describe('processes that outlive the program', () => {
  it('one that holds the output is ended, and the output says so', async () => {
    const made = makeRun()
    const outcome = await createSubprocess({ command: ['./linger.sh'] }).run(made.run)
    expect(outcome).toEqual({ status: 'succeeded', exitCode: 0 })
    expect(made.output().stderr.toString()).toMatch(/^\[hookline\] A process left behind .*\n$/)
  })

  it('one that has let go of the output goes on', async () => {
    const made = makeRun()
    const outcome = await createSubprocess({ command: ['./background.sh'] }).run(made.run)
    const id = runningId(made.output().stdout)
    expect(outcome).toEqual({ status: 'succeeded', exitCode: 0 })
    expect(made.output().stderr.toString()).toBe('')
    // Throws where it is gone.
    expect(process.kill(id, 'SIGKILL')).toBe(true)
  })

  it.runIf(isLinux)('one that left the group does not hold up the run (needs setsid)', async () => {
    const made = makeRun()
    const outcome = await createSubprocess({ command: ['./daemon.sh'] }).run(made.run)
    expect(outcome).toEqual({ status: 'succeeded', exitCode: 0 })
    expect(process.kill(runningId(made.output().stdout), 'SIGKILL')).toBe(true)
  })
})

describe('what runs leave in this process', () => {
  const RUNS = 200
  const AT_ONCE = 8
  const descriptors = () => (isLinux ? readdirSync('/proc/self/fd').length : 0)
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

  it(`is nothing after ${RUNS} runs and as many failed starts`, async () => {
    const made = makeRun({ stdin: '{}' })
    const executors = [
      createSubprocess({ command: ['true'] }),
      createSubprocess({ command: ['./no-such-program'] }),
    ]
    await Promise.all(executors.map((executor) => executor.run(made.run)))
    const before = { descriptors: descriptors(), timers: timers() }
    let left = RUNS
    const work = async () => {
      while (left-- > 0) for (const executor of executors) await executor.run(made.run)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    expect(getEventListeners(made.run.signal, 'abort')).toEqual([])
    expect(timers()).toBeLessThanOrEqual(before.timers)
    // Sockets are closed a moment after their last event.
    await expect.poll(descriptors).toBeLessThanOrEqual(before.descriptors)
  })
})
