import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutorInstance, Outcome } from 'hookline/sdk/executor'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { makeRun, type RunSettings } from '../../../../core/testing/make-run.ts'
import { createPython, PYTHON_PROGRAMS } from './create-python.ts'

const top = realpathSync(mkdtempSync(join(tmpdir(), 'python-workers-')))
const open: ExecutorInstance[] = []
let folders = 0

afterAll(() => rmSync(top, { recursive: true }))
afterEach(async () => {
  await Promise.all(open.splice(0).map((python) => python.close?.()))
})

/** A program of workers, with files in a folder of its own. */
function create(
  files: Readonly<Record<string, string>> | string,
  options: Readonly<Record<string, unknown>> = {},
) {
  folders += 1
  const baseDir = join(top, String(folders))
  mkdirSync(baseDir)
  const all = typeof files === 'string' ? { 'script.py': files } : files
  const write = (name: string, text: string) => writeFileSync(join(baseDir, name), text)
  for (const [name, text] of Object.entries(all)) write(name, text)
  const what = 'function' in options ? {} : { script: './script.py' }
  const add = (more: Readonly<Record<string, unknown>> = {}) => {
    const given = { ...what, mode: 'workers', killAfterSeconds: 1, ...options, ...more }
    const python = createPython(given, { baseDir })
    open.push(python)
    return python
  }
  return { python: add(), add, write, baseDir }
}

async function run(python: ExecutorInstance, settings: RunSettings = {}) {
  const made = makeRun(settings)
  const outcome = await python.run(made.run)
  const { stdout, stderr } = made.output()
  return { outcome, stdout: stdout.toString(), stderr: stderr.toString() }
}

async function outputOf(python: ExecutorInstance, settings: RunSettings = {}): Promise<string> {
  const { outcome, stdout, stderr } = await run(python, settings)
  expect([outcome.status, stderr]).toEqual(['succeeded', ''])
  return stdout.trim()
}

/** Starts a run, and resolves with it when it has printed its id. */
async function startRun(python: ExecutorInstance) {
  const printed = Promise.withResolvers<number>()
  const made = makeRun({ onWrite: (_, chunk) => printed.resolve(Number(String(chunk))) })
  const outcome: Promise<Outcome> = python.run(made.run)
  return { id: await printed.promise, outcome, abort: made.abort }
}

const ID = 'import os\nprint(os.getpid())\n'
const PARENT = 'import os\nprint(os.getpid(), os.getppid())\n'
// Ends when it finds the file.
const HOLD = `import os, time
print(os.getpid(), flush=True)
while not os.path.exists("go"):
    time.sleep(0.01)
`

describe('a worker', () => {
  it('carries out 200 runs, each of which finds what it changed as it was', async () => {
    const { python, baseDir } = create(
      readFileSync(join(PYTHON_PROGRAMS, 'changes_all.py'), 'utf8'),
    )
    const first = await outputOf(python, { stdin: 'one\ntwo\n', args: ['a'] })
    const seen = JSON.parse(first)
    expect(seen).toMatchObject({ argv: ['script.py', 'a'], cwd: baseDir, line: 'one\n', left: [] })
    for (let count = 1; count < 200; count += 1) {
      const now = await outputOf(python, { stdin: 'one\ntwo\n', args: ['a'] })
      expect(JSON.parse(now)).toEqual(seen)
    }
  })

  it('keeps what modules keep, and calls a function with each event', async () => {
    const text =
      'count = 0\ndef call(event):\n    global count\n    count += 1\n    return [count]\n'
    const { python } = create({ 'counting.py': text }, { function: 'counting:call' })
    const results = []
    for (let count = 0; count < 3; count += 1) results.push((await run(python)).outcome.result)
    expect(results).toEqual([[1], [2], [3]])
  })

  it('ends with the executor as an interpreter does', async () => {
    const { python, baseDir } = create({
      'script.py': `${ID}import tidies\n`,
      'tidies.py': 'import atexit\natexit.register(lambda: open("tidied", "w").close())\n',
    })
    const id = await outputOf(python)
    expect(await outputOf(python)).toBe(id)
    await python.close?.()
    expect([isRunning(id), existsSync(join(baseDir, 'tidied'))]).toEqual([false, true])
  })

  it('is replaced after so many runs, without the loss of one', async () => {
    const { python } = create(ID, { workers: { maxTasks: 3 } })
    const ids: string[] = []
    for (let count = 0; count < 7; count += 1) ids.push(await outputOf(python))
    const [one = '', , , two = '', , , three = ''] = ids
    expect(ids).toEqual([one, one, one, two, two, two, three])
    expect(new Set([one, two, three]).size).toBe(3)
    await expect.poll(() => [one, two].filter(isRunning)).toEqual([])
  })

  it('is replaced after a run that leaves it with too much memory', async () => {
    const text = `${ID}import json\njson.kept = getattr(json, "kept", b"") + b"x" * (40 << 20)\n`
    const { python } = create(text, { workers: { maxMemoryMb: 100 } })
    const ids: string[] = []
    for (let count = 0; count < 6; count += 1) ids.push(await outputOf(python))
    expect(ids[0]).toBe(ids[1])
    expect(new Set(ids).size).toBeGreaterThan(1)
  })

  it('has the processor time of `limits` for each run, and is replaced when it has used that', async () => {
    const text = `import os, resource, time
end = time.process_time() + 0.4
while time.process_time() < end:
    pass
print(os.getpid(), *resource.getrlimit(resource.RLIMIT_CPU))
`
    const { python } = create(text, { limits: { cpuSeconds: 1 } })
    const runs = []
    for (let count = 0; count < 4; count += 1) runs.push((await outputOf(python)).split(' '))
    const [first = [], second = [], third = [], fourth = []] = runs
    expect([first.slice(1), second.slice(1)]).toEqual([
      ['1', '3'],
      ['2', '3'],
    ])
    expect([second[0], third[0]]).toEqual([first[0], first[0]])
    expect(fourth[0]).not.toBe(first[0])
    expect(fourth.slice(1)).toEqual(['1', '3'])
  })

  it.each([
    ['SIGKILL', 'os.kill(os.getpid(), 9)', expect.stringMatching(/^ended by signal SIGKILL/), 137],
    ['a crash', 'import ctypes; ctypes.string_at(0)', 'ended by signal SIGSEGV', 139],
    ['os._exit', 'os._exit(3)', 'exited with code 3', 3],
  ])(
    'that %s ends fails its run with the reason; the next run has another',
    async (_, deed, reason, exitCode) => {
      const { python } = create(`${ID}import sys\nif sys.stdin.read():\n    ${deed}\n`)
      const before = await outputOf(python, { stdin: '' })
      const { outcome, stdout } = await run(python, { stdin: 'end' })
      expect([stdout.trim(), outcome]).toEqual([before, { status: 'failed', reason, exitCode }])
      expect(await outputOf(python, { stdin: '' })).not.toBe(before)
    },
  )

  it('that is killed while it waits is not missed', async () => {
    const { python } = create(ID)
    const id = await outputOf(python)
    process.kill(Number(id), 'SIGKILL')
    expect(await outputOf(python)).not.toBe(id)
  })

  it('ends with the process that it was forked from; the next run has both anew', async () => {
    const { python } = create(PARENT)
    const [id = '', parent = ''] = (await outputOf(python)).split(' ')
    process.kill(Number(parent), 'SIGKILL')
    await expect.poll(() => isRunning(id)).toBe(false)
    const next = (await outputOf(python)).split(' ')
    expect([id, parent].filter((gone) => next.includes(gone))).toEqual([])
    await python.close?.()
    expect(next.filter(isRunning)).toEqual([])
  })

  it('is replaced when a file that it has imported changes, or its script', async () => {
    const { python, write } = create({
      'script.py': 'import helper_of_mine\nprint(helper_of_mine.VALUE)\n',
      'helper_of_mine.py': 'VALUE = "first"\n',
    })
    expect(await outputOf(python)).toBe('first')
    write('helper_of_mine.py', 'VALUE = "second one"\n')
    await expect.poll(() => outputOf(python)).toBe('second one')
    write('script.py', 'print("third")\n')
    expect(await outputOf(python)).toBe('third')
  })
})

describe('what a run leaves behind', () => {
  it.each([
    ['a thread that prints', LEAVES_THREAD],
    ['a process that has let go of its output', LEAVES_PROCESS('subprocess.Popen')],
    ['a process of a process', LEAVES_PROCESS('subprocess.run')],
    ['a function for the end', 'import atexit\natexit.register(print, "late")\n'],
    ['a closed stream', 'sys.stdout.close()\n'],
    ['a lower limit', 'import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (50, 50))\n'],
  ])('is not met by the next run: %s', async (_, deed) => {
    const text = `${ID}import sys\nsys.stdout.flush()\nif sys.stdin.read():\n    ${deed.trimEnd().replaceAll('\n', '\n    ')}\n`
    const { python } = create(text)
    const first = (await run(python, { stdin: 'leave' })).stdout.split('\n', 1)
    const outputs = []
    for (let count = 0; count < 5; count += 1) outputs.push(await outputOf(python, { stdin: '' }))
    expect(outputs).toEqual(Array(5).fill(outputs[0]))
    expect(outputs[0]).toMatch(/^\d+$/)
    expect(first).not.toContain(outputs[0])
  })

  it('prints late into its own run', async () => {
    const deed = `import subprocess\nsubprocess.Popen(["sh", "-c", "sleep 0.2; echo late"])\n`
    const { python } = create(
      `${ID}import sys\nif sys.stdin.read():\n    ${deed.replace('\n', '\n    ')}`,
    )
    const one = await outputOf(python, { stdin: 'leave' })
    expect([one, await outputOf(python, { stdin: '' })]).toEqual([
      expect.stringMatching(/^\d+\nlate$/),
      expect.stringMatching(/^\d+$/),
    ])
  })
})

describe('several workers', () => {
  it('a stop ends one of them; the others go on', async () => {
    const { python, baseDir, write } = create(HOLD)
    const runs = await Promise.all([startRun(python), startRun(python), startRun(python)])
    const [one, two, three] = runs
    expect(new Set(runs.map(({ id }) => id)).size).toBe(3)
    two?.abort('cancelled')
    expect(await two?.outcome).toEqual({ status: 'failed', reason: 'stopped: cancelled' })
    expect(runs.map(({ id }) => isRunning(String(id)))).toEqual([true, false, true])
    write('go', '')
    expect(existsSync(join(baseDir, 'go'))).toBe(true)
    const outcomes = await Promise.all([one?.outcome, three?.outcome])
    expect(outcomes.map((outcome) => outcome?.status)).toEqual(['succeeded', 'succeeded'])
    expect([String(one?.id), String(three?.id)]).toContain(await outputOf(python))
  })

  it('are as many as `count`: a run waits, and can be stopped meanwhile', async () => {
    const { python, write } = create(HOLD, { workers: { count: 1 } })
    const first = await startRun(python)
    const stopped = makeRun()
    const stop = python.run(stopped.run)
    const last = outputOf(python)
    stopped.abort('timeout')
    expect(await stop).toEqual({ status: 'failed', reason: 'stopped: timeout' })
    write('go', '')
    expect(await first.outcome).toMatchObject({ status: 'succeeded' })
    expect(await last).toBe(String(first.id))
  })

  it('are shared by programs with exactly the same settings only', async () => {
    const { python, add, write } = create(ID)
    write('other.py', ID)
    const id = await outputOf(python)
    expect(await outputOf(add())).toBe(id)
    const different = [
      { script: './other.py' },
      { args: ['a'] },
      { secretEnv: { A: 'b' } },
      { umask: '027' },
    ]
    const ids = await Promise.all(different.map((options) => outputOf(add(options))))
    expect(new Set([id, ...ids]).size).toBe(5)
    expect(await outputOf(python)).toBe(id)
  })
})

function isRunning(id: string): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${id}/status`, 'utf8'))
  } catch {
    return false
  }
}

const LEAVES_THREAD = `import threading, time
def say():
    while True:
        print("late", flush=True)
        time.sleep(0.005)
threading.Thread(target=say, daemon=True).start()
`

function LEAVES_PROCESS(start: string): string {
  const command = start.endsWith('run') ? 'sleep 5 &' : 'exec sleep 5'
  return `import subprocess\n${start}(["sh", "-c", "exec > /dev/null 2>&1; ${command}"])\n`
}
