import { readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutorInstance } from 'hookline/sdk/executor'
import { afterEach, describe, expect, it } from 'vitest'
import { HelperShare } from '../../../../core/sdk/processes/helper/helper-share.ts'
import { openLauncher } from '../../../../core/sdk/processes/launcher/launcher.ts'
import { makeRun } from '../../../../core/testing/make-run.ts'
import { missingTool } from '../../../requirements.ts'
import { createSubprocess, PYTHON } from './create-subprocess.ts'

const missing = missingTool('python3')
const opened: ExecutorInstance[] = []

function create(options: object): ExecutorInstance {
  const executor = createSubprocess(options)
  opened.push(executor)
  return executor
}

const shell = (text: string, options: object = {}) =>
  create({ command: ['sh', '-c', text], ...options })

afterEach(async () => {
  await Promise.all(opened.splice(0).map((executor) => executor.close?.()))
})

async function outputOf(executor: ExecutorInstance): Promise<string> {
  const made = makeRun()
  await executor.run(made.run)
  return made.output().stdout.toString() + made.output().stderr.toString()
}

function isRunning(id: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${id}/status`, 'utf8'))
  } catch {
    return false
  }
}

const launcherId = async () => Number(await outputOf(shell('echo $PPID')))

function runningIds(output: string): number[] {
  return [...output.matchAll(/^running (\d+)$/gm)].map(([, id]) => Number(id))
}

// Clock ticks of processor time: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
function ticksOf(id: number): number {
  const stat = readFileSync(`/proc/${id}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

describe.skipIf(missing !== null)('the launcher (needs Linux and Python)', () => {
  it('gives programs pipes, which can be opened anew', async () => {
    expect(await outputOf(shell('echo one > /dev/stderr; test -p /dev/stdout && echo two'))).toBe(
      'two\none\n',
    )
  })

  it.runIf(process.getuid?.() === 0)('so for another user (needs root)', async () => {
    const user = { cwd: '/', uid: 65534, gid: 65534 }
    const text = 'echo one > /dev/stderr; id -u; cat /dev/stdin > /dev/null && echo read'
    expect(await outputOf(shell(text, user))).toBe('65534\nread\none\n')
    expect(await outputOf(shell('cat', { ...user, stdin: 'none' }))).toBe('')
  })

  it('is one for all programs, and none of it where it is off', async () => {
    const ids = await Promise.all([launcherId(), launcherId()])
    expect(ids[0]).toBe(ids[1])
    expect(ids[0]).not.toBe(process.pid)
    expect(await outputOf(shell('echo $PPID', { launcher: 'off' }))).toBe(`${process.pid}\n`)
  })

  it('leaves nothing of its own to a program', async () => {
    const look =
      'import os, signal; print(os.listdir("/proc/self/fd"), os.getsid(0) == os.getpid())'
    const ignored =
      'print([s for s in signal.valid_signals() if s < 32 and signal.getsignal(s) == 1])'
    const clean = { command: [PYTHON, '-S', '-c', `${look}; ${ignored}`] }
    // Python itself ignores SIGPIPE and SIGXFSZ; the listing holds one descriptor.
    const expected = "['0', '1', '2', '3'] True\n[<Signals.SIGPIPE: 13>, <Signals.SIGXFSZ: 25>]\n"
    expect(await outputOf(create(clean))).toBe(expected)
    const [, mask = ''] =
      /SigIgn:\s+(\S+)/.exec(await outputOf(shell('cat /proc/self/status'))) ?? []
    // Two signals of the C library's own stand above the 31 of the system.
    expect(BigInt(`0x${mask}`) & 0x7fff_ffffn).toBe(0n)
  })

  it('hands on all output, of programs that end at once and of those that run on', async () => {
    const many = "head -c 200000 /dev/zero | tr '\\0' x"
    const texts = ['echo out; echo err >&2', many, `${many}; sleep 0.1; echo late`]
    const outputs = await Promise.all(texts.map((text) => outputOf(shell(text))))
    const x = 'x'.repeat(200_000)
    expect(outputs).toEqual(['out\nerr\n', x, `${x}late\n`])
  })

  it('stays in no folder of a program', async () => {
    const id = await launcherId()
    await outputOf(shell('pwd'))
    expect(readlinkSync(`/proc/${id}/cwd`)).toBe('/')
  })

  it('runs nothing while nothing is to do', async () => {
    const id = await launcherId()
    const before = ticksOf(id)
    await sleep(1000)
    expect(ticksOf(id)).toBe(before)
  })

  it('ends when the last program is closed', async () => {
    const id = await launcherId()
    expect(isRunning(id)).toBe(true)
    await Promise.all(opened.splice(0).map((executor) => executor.close?.()))
    expect(isRunning(id)).toBe(false)
  })

  it('is made by the first interpreter that can, if any can', async () => {
    const useOf = (...interpreters: readonly string[]) =>
      new HelperShare(() => openLauncher(interpreters)).use()
    const none = useOf('/no/such/python3', '/bin/false')
    expect(await none.get()).toBeNull()
    const some = useOf('/no/such/python3', '/bin/false', '/usr/bin/python3')
    expect((await some.get())?.isLost).toBe(false)
    await Promise.all([none.release(), some.release()])
  })

  it('lets other programs come and go while one floods', async () => {
    const flood = makeRun({ keepBytes: 0 })
    const flooding = create({ command: ['yes'], killAfterSeconds: 1 }).run(flood.run)
    await expect.poll(() => flood.written().bytes).toBeGreaterThan(1024 * 1024)
    for (let run = 0; run < 5; run++) expect(await outputOf(shell('echo here'))).toBe('here\n')
    flood.abort('cancelled')
    expect(await flooding).toMatchObject({ status: 'failed', reason: 'stopped: cancelled' })
  })

  it('when it dies, what it started is ended and can be retried; the next run has a new one', async () => {
    const id = await launcherId()
    const made = makeRun()
    const outcome = create({ command: ['./sleep.sh'] }).run(made.run)
    const ids = () => runningIds(made.output().stdout.toString())
    await expect.poll(ids, { timeout: 10_000 }).toHaveLength(2)
    process.kill(id, 'SIGKILL')
    expect(await outcome).toEqual({
      status: 'failed',
      reason: expect.stringMatching(/^launcher_lost: /),
      retryable: true,
    })
    await expect.poll(() => ids().some(isRunning)).toBe(false)
    expect(await launcherId()).not.toBe(id)
  })
})
