import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeRun, type RunSettings } from '../../../../core/testing/make-run.ts'
import { PYTHON } from '../subprocess/create-subprocess.ts'
import { createPython, MODES, PYTHON_PROGRAMS } from './create-python.ts'

const top = realpathSync(mkdtempSync(join(tmpdir(), 'python-')))

afterAll(() => rmSync(top, { recursive: true }))

async function runOnce(options: Readonly<Record<string, unknown>>, run: RunSettings = {}) {
  const python = createPython(options)
  const made = makeRun(run)
  try {
    const outcome = await python.run(made.run)
    const { stdout, stderr } = made.output()
    return { outcome, stdout: stdout.toString(), stderr: stderr.toString() }
  } finally {
    await python.close?.()
  }
}

function writeScript(name: string, text: string): string {
  writeFileSync(join(top, name), text)
  return join(top, name)
}

const OPTIONS_REFUSED: readonly (readonly [string, object])[] = [
  ['neither a script nor a function', {}],
  ['both', { script: 'a.py', function: 'a:b' }],
  ['a function without a module', { function: 'handle' }],
  ['a function by a path', { function: './a.py:handle' }],
  ['a function with nothing to read', { function: 'a:b', stdin: 'none' }],
  ['a module by a path', { script: 'a.py', preload: ['./beside.py'] }],
  ['an unknown mode', { script: 'a.py', mode: 'hot' }],
  ['settings of workers without them', { script: 'a.py', workers: { count: 2 } }],
  ['no workers', { script: 'a.py', mode: 'workers', workers: { count: 0 } }],
  ['a uid without a gid', { script: 'a.py', uid: 1000 }],
]

describe('options', () => {
  it.each(OPTIONS_REFUSED)('%s is refused', (_, options) => {
    expect(() => createPython({ ...options })).toThrow()
  })
})

describe.each(MODES)('%s', (mode) => {
  describe('a function', () => {
    const call = (name: string, run: RunSettings = {}, options: object = {}) =>
      runOnce({ function: name, mode, ...options }, run)

    it('is called with the event, and its value is the result', async () => {
      const run = { type: 'push', payload: { size: 3 }, args: ['main'] }
      const { outcome } = await call('functions:describe', run, { args: ['first'] })
      const argv = ['functions:describe', 'first', 'main']
      const result = { type: 'push', size: 3, argv }
      expect(outcome).toEqual({ status: 'succeeded', exitCode: 0, result })
    })

    it('can be called with the payload, of any kind', async () => {
      const payload = 'é'
      const { outcome } = await call('functions:given', { payload }, { stdin: 'payload' })
      expect(outcome).toEqual({ status: 'succeeded', exitCode: 0, result: 'é' })
    })

    it('without a value has no result', async () => {
      const { outcome, stdout } = await call('functions:nothing')
      expect([outcome, stdout]).toEqual([{ status: 'succeeded', exitCode: 0 }, 'called\n'])
    })

    it('can be a method, runs in the folder of the config and imports from there', async () => {
      expect((await call('functions:Handler.handle')).outcome.result).toEqual(['sample'])
      const result = [PYTHON_PROGRAMS, PYTHON_PROGRAMS, 'functions']
      expect((await call('functions:where')).outcome.result).toEqual(result)
    })

    it.each([
      ['functions:broken', /line 16, in broken\n[\s\S]*ValueError: bad event\n$/],
      ['functions:not_json', /TypeError: Object of type set is not JSON serializable\n$/],
      ['functions:missing', /AttributeError: module 'functions' has no attribute 'missing'/],
      ['no_such_module:run', /ModuleNotFoundError: No module named 'no_such_module'\n$/],
    ])('%s fails with a traceback', async (name, expected) => {
      const { outcome, stderr } = await call(name)
      expect(outcome).toEqual({ status: 'failed', reason: 'exited with code 1', exitCode: 1 })
      expect(stderr).toMatch(expected)
    })
  })

  describe('what is not there is a final failure', () => {
    const final = (reason: RegExp) => ({
      status: 'failed',
      retryable: false,
      reason: expect.stringMatching(reason),
    })

    it.each([
      [
        { script: './no-such.py' },
        /^program_not_found: The script ".*no-such\.py" is not there\. .*`script`/,
      ],
      [{ script: '.' }, /^program_not_found: The script ".*" is not a file/],
      [
        { script: './contract.py', interpreter: 'no-such-python' },
        /^program_not_found: "no-such-python" .*not in PATH/,
      ],
      [
        { script: './contract.py', interpreter: '/no/such' },
        /^program_not_found: "\/no\/such" cannot be started: it is not there/,
      ],
      [
        { script: './contract.py', cwd: './no-such' },
        /^program_not_found: .*working directory ".*no-such" is not there/,
      ],
    ])('%o', async (options, reason) => {
      expect((await runOnce({ ...options, mode })).outcome).toEqual(final(reason))
    })

    it('a NUL in an argument', async () => {
      const { outcome } = await runOnce({ script: './contract.py', mode }, { args: ['a\0b'] })
      expect(outcome).toEqual(final(/NUL/))
    })
  })

  it('an interpreter that is not Python says what it is', async () => {
    const { outcome } = await runOnce({ script: './contract.py', interpreter: '/bin/cat', mode })
    const reason = expect.stringMatching(/^interpreter_unavailable: "\/bin\/cat" cannot be used: /)
    expect(outcome).toMatchObject({ status: 'failed', reason })
  })

  it('a virtual environment is named by its folder', { timeout: 60_000 }, async () => {
    const folder = join(top, `venv-${mode}`)
    execFileSync(PYTHON, ['-m', 'venv', '--without-pip', folder])
    const script = writeScript('prefix.py', 'import sys\nprint(sys.prefix, sys.executable)\n')
    const { stdout } = await runOnce({ script, interpreter: folder, mode })
    expect(stdout).toBe(`${folder} ${folder}/bin/python\n`)
  })

  it('a script by a link has the folder of its file first in sys.path', async () => {
    const target = writeScript(
      'target.py',
      'import sys\nprint(sys.path[0], __file__, sys.argv[0])\n',
    )
    const link = join(realpathSync(mkdtempSync(join(tmpdir(), 'python-link-'))), 'link.py')
    symlinkSync(target, link)
    const { stdout } = await runOnce({ script: link, mode })
    expect(stdout).toBe(`${top} ${link} ${link}\n`)
    rmSync(join(link, '..'), { recursive: true })
  })

  const isRoot = process.getuid?.() === 0
  it.runIf(isRoot)('runs as another user, without other groups (needs root)', async () => {
    // A folder that this user may enter.
    execFileSync('chmod', ['755', top])
    const script = writeScript(
      'who.py',
      'import json, os\njson.dump([os.getuid(), os.getgid(), os.getgroups()], open(os.environ["WEBHOOK_RESULT"], "w"))\n',
    )
    const { outcome } = await runOnce({ script, mode, cwd: '/', uid: 65534, gid: 65534 })
    expect(outcome).toEqual({ status: 'succeeded', exitCode: 0, result: [65534, 65534, []] })
  })

  it.runIf(isRoot)('does not read a script that its user may not (needs root)', async () => {
    const script = writeScript('hidden.py', 'print("read")\n')
    execFileSync('chmod', ['600', script])
    const { outcome, stdout, stderr } = await runOnce({
      script,
      mode,
      cwd: '/',
      uid: 65534,
      gid: 65534,
    })
    expect([outcome.exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/can't open file '.*hidden\.py': \[Errno 13\] Permission denied\n$/)
  })

  it('a stop in the middle names its reason', async () => {
    const made = makeRun({ onWrite: () => made.abort('timeout') })
    const python = createPython({ script: './contract.py', args: ['two_that_sleep'], mode })
    expect(await python.run(made.run)).toEqual({ status: 'failed', reason: 'stopped: timeout' })
    await python.close?.()
  })
})
