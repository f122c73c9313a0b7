import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { makeRun } from '../../../../core/testing/make-run.ts'
import { createSubprocess, PROGRAMS, PYTHON } from './create-subprocess.ts'

const OPTIONS_REFUSED: readonly (readonly [string, object])[] = [
  ['no command', {}],
  ['an empty command', { command: [] }],
  ['an empty program', { command: [''] }],
  ['a command line', { command: 'ls -l' }],
  ['a name with `=`', { command: ['true'], env: { 'A=B': 'c' } }],
  ['a uid without a gid', { command: ['true'], uid: 1000 }],
  ['a negative uid', { command: ['true'], uid: -1, gid: 1000 }],
  ['a negative grace', { command: ['true'], killAfterSeconds: -1 }],
  ['an unknown input', { command: ['true'], stdin: 'body' }],
]

describe('options', () => {
  it.each(OPTIONS_REFUSED)('%s is refused', (_, options) => {
    expect(() => createSubprocess(options)).toThrow()
  })
})

describe('how it ends', () => {
  it.each([
    ['3', 'exited with code 3', 3],
    ['255', 'exited with code 255', 255],
    ['SEGV', 'ended by signal SIGSEGV', 139],
    // More is said if the system killed a process for want of memory meanwhile, as a test beside this one does.
    ['KILL', expect.stringMatching(/^ended by signal SIGKILL/), 137],
  ])('%s', async (how, reason, exitCode) => {
    const outcome = await createSubprocess({ command: ['./end-with.sh', how] }).run(makeRun().run)
    expect(outcome).toEqual({ status: 'failed', reason, exitCode })
  })

  it('code 0 succeeds', async () => {
    const outcome = await createSubprocess({ command: ['./end-with.sh', '0'] }).run(makeRun().run)
    expect(outcome).toEqual({ status: 'succeeded', exitCode: 0 })
  })

  it('a stop names its reason', async () => {
    const made = makeRun({ onWrite: () => made.abort('timeout') })
    const outcome = await createSubprocess({ command: ['./sleep.sh'] }).run(made.run)
    expect(outcome).toEqual({ status: 'failed', reason: 'stopped: timeout' })
  })
})

describe('input', () => {
  it('files are there for the run alone, and for its user alone', async () => {
    const code =
      'import os, sys; f = os.environ["DATA"]; print(open(sys.argv[2], "rb").read(), open(f, "rb").read(), oct(os.stat(f).st_mode)[-3:], sys.argv[1], f)'
    const made = makeRun({
      args: ['-a', ''],
      files: [
        { of: 1, content: Buffer.from([0xff]) },
        { of: 'DATA', content: Buffer.from('é') },
      ],
    })
    const executor = createSubprocess({ command: [PYTHON, '-c', code] })
    expect((await executor.run(made.run)).status).toBe('succeeded')
    await executor.close?.()
    const [, path = ''] = /600 -a (.*)$/m.exec(made.output().stdout.toString()) ?? []
    expect(made.output().stdout.toString()).toContain("b'\\xff' b'\\xc3\\xa9' 600 -a ")
    expect(existsSync(path)).toBe(false)
  })

  // As it was sent: a number that a double cannot hold, a zero at the end of another.
  const payload = '{"name":"ünï","id":12345678901234567890,"price":1.50}'
  const event = `{"id":"evt_1","payload":${payload}}`

  it.each([
    ['event', event],
    ['payload', payload],
    ['none', ''],
  ])('stdin: %s', async (stdin, expected) => {
    const made = makeRun({ payload: JSON.parse(payload), stdin: event })
    await createSubprocess({ command: [PYTHON, './echo-input.py'], stdin }).run(made.run)
    expect(made.output().stdout.toString()).toBe(expected)
  })

  it('params follow the arguments of the command', async () => {
    const made = makeRun({ args: ['main'] })
    const command = [PYTHON, './echo-args.py', '--flag', 'a b', './x', '../y', 'z/.']
    await createSubprocess({ command }).run(made.run)
    const parent = PROGRAMS.slice(0, PROGRAMS.lastIndexOf('/'))
    expect(JSON.parse(made.output().stdout.toString())).toEqual([
      ...['--flag', 'a b', `${PROGRAMS}/x`, `${parent}/y`, 'z/.', 'main'],
    ])
  })
})

describe('environment', () => {
  it('is what the options name, and the run on top', async () => {
    const made = makeRun({ env: { WEBHOOK_TYPE: 'push' } })
    await createSubprocess({
      command: [PYTHON, './echo-env.py'],
      env: { LC_ALL: 'C.UTF-8', MODE: 'test', WEBHOOK_TYPE: 'mine' },
      secretEnv: { DEPLOY_KEY: 'hush' },
      passEnv: ['PATH', 'NOT_SET_ANYWHERE'],
    }).run(made.run)
    expect(JSON.parse(made.output().stdout.toString())).toEqual({
      PATH: process.env['PATH'],
      LC_ALL: 'C.UTF-8',
      MODE: 'test',
      DEPLOY_KEY: 'hush',
      WEBHOOK_TYPE: 'push',
      WEBHOOK_RESULT: expect.stringMatching(/^\//),
    })
  })
})

describe('where and as whom', () => {
  it('cwd is relative to the folder of the config', async () => {
    const made = makeRun()
    await createSubprocess({ command: ['/bin/pwd'], cwd: '..' }).run(made.run)
    expect(made.output().stdout.toString().trim()).toBe(PROGRAMS.replace(/\/programs$/, ''))
  })

  const isRoot = process.getuid?.() === 0
  it.runIf(isRoot)('uid and gid, without other groups (needs root)', async () => {
    const made = makeRun()
    const options = { command: [PYTHON, '-c', WHO], cwd: '/', uid: 65534, gid: 65534 }
    expect((await createSubprocess(options).run(made.run)).status).toBe('succeeded')
    expect(JSON.parse(made.output().stdout.toString())).toEqual([65534, 65534, []])
  })
})

const WHO = 'import json, os; print(json.dumps([os.getuid(), os.getgid(), os.getgroups()]))'
