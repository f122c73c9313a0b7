import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutorInstance, Outcome } from 'hookline/sdk/executor'
import { afterEach, describe, expect, it } from 'vitest'
import { makeRun } from '../../../../core/testing/make-run.ts'
import { DATA_DIR, PYTHON } from '../subprocess/create-subprocess.ts'
import { createPython } from './create-python.ts'

const top = realpathSync(mkdtempSync(join(tmpdir(), 'python-')))
const open: ExecutorInstance[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((python) => python.close?.()))
  rmSync(top, { recursive: true })
})

function write(name: string, text: string): void {
  execFileSync('mkdir', ['-p', top])
  writeFileSync(join(top, name), text)
}

function create(script: string, options: Readonly<Record<string, unknown>> = {}): ExecutorInstance {
  write('script.py', script)
  const python = createPython({ script: './script.py', mode: 'warm', ...options }, { baseDir: top })
  open.push(python)
  return python
}

async function outputOf(python: ExecutorInstance): Promise<string> {
  const made = makeRun()
  await python.run(made.run)
  return made.output().stdout.toString().trim()
}

const PARENT = 'import os\nprint(os.getppid())\n'
const HOLD = 'import os, time\nprint(os.getppid(), os.getpid(), flush=True)\ntime.sleep(60)\n'

/** Starts a run that sleeps; resolves with the ids of the server and the program. */
async function startHolding(python: ExecutorInstance) {
  const printed = Promise.withResolvers<readonly number[]>()
  const made = makeRun({
    onWrite: (_, chunk) => printed.resolve(String(chunk).trim().split(' ').map(Number)),
  })
  const outcome: Promise<Outcome> = python.run(made.run)
  const [server = 0, program = 0] = await printed.promise
  return { server, program, outcome, abort: made.abort }
}

describe('the warm interpreter', () => {
  it('starts every run, and ends with the executor', async () => {
    const python = create(PARENT)
    const server = await outputOf(python)
    expect(await outputOf(python)).toBe(server)
    await python.close?.()
    expect(isRunning(Number(server))).toBe(false)
  })

  it('is shared by programs with the same settings, and outlives all but the last', async () => {
    const [one, other] = [create(PARENT), create(PARENT)]
    const server = await outputOf(one)
    expect(await outputOf(other)).toBe(server)
    await one.close?.()
    expect(await outputOf(other)).toBe(server)
  })

  it('is another where the environment or the modules differ', async () => {
    const programs = [create(PARENT), create(PARENT, { env: { A: '1' } })]
    programs.push(create(PARENT, { preload: ['json'] }))
    const servers = await Promise.all(programs.map(outputOf))
    expect(new Set(servers).size).toBe(3)
  })

  it('that is killed fails what runs, to be tried again, and the next run has a new one', async () => {
    const python = create(HOLD)
    const { server, program, outcome } = await startHolding(python)
    process.kill(server, 'SIGKILL')
    const reason = expect.stringMatching(/^interpreter_lost: /)
    expect(await outcome).toEqual({ status: 'failed', retryable: true, reason })
    await expect.poll(() => isRunning(program)).toBe(false)
    const next = await startHolding(python)
    expect(next.server).not.toBe(server)
    next.abort('cancelled')
    await next.outcome
  })

  it('is replaced when a preloaded file changes; what runs goes on', async () => {
    write('settings_of_mine.py', 'VALUE = "first"\n')
    const python = create(
      'import os, settings_of_mine, time\nprint(os.getppid(), settings_of_mine.VALUE, flush=True)\n' +
        'time.sleep(2 if settings_of_mine.VALUE == "first" else 0)\n',
      { preload: ['settings_of_mine'] },
    )
    const first = outputOf(python)
    await sleep(700)
    write('settings_of_mine.py', 'VALUE = "second one"\n')
    const values = [await outputOf(python), await first].map((text) => text.split(' ').slice(1))
    expect(values).toEqual([['second', 'one'], ['first']])
  })

  it('reads a changed script anew', async () => {
    const python = create('print("first")\n')
    expect(await outputOf(python)).toBe('first')
    write('script.py', 'print("second one")\n')
    expect(await outputOf(python)).toBe('second one')
  })

  it('does without a module that cannot be imported, and says so', async () => {
    const warnings: object[] = []
    const log = () => {}
    write('script.py', 'print("runs")\n')
    const logger = {
      debug: log,
      info: log,
      error: log,
      warn: (fields: object) => warnings.push(fields),
    }
    const preload = ['no_such_module', 'json']
    const options = { script: './script.py', preload, allowRoot: true }
    const python = createPython(options, { baseDir: top, logger })
    open.push(python)
    expect(await outputOf(python)).toBe('runs')
    const failure = "no_such_module: ModuleNotFoundError: No module named 'no_such_module'"
    expect(warnings).toEqual([{ failure }])
  })

  it('that ends while it imports is a failure that says what it said', async () => {
    write('ends_python.py', 'import os\nos.write(2, b"no licence")\nos._exit(3)\n')
    const outcome = await create('', { preload: ['ends_python'] }).run(makeRun().run)
    const reason = expect.stringMatching(/^interpreter_unavailable: .*no licence/)
    expect(outcome).toMatchObject({ status: 'failed', retryable: true, reason })
  })

  it('costs no processor time while nothing runs', async () => {
    const server = await outputOf(create(PARENT))
    const before = ticksOf(server)
    await sleep(1000)
    expect(ticksOf(server)).toBe(before)
  })
})

it('a run after the end is refused', async () => {
  const python = create(PARENT)
  await outputOf(python)
  await python.close?.()
  expect(await python.run(makeRun().run)).toMatchObject({ status: 'failed' })
})

describe('one run does not hurt another', () => {
  it.each([
    ['a crash', 'os.kill(os.getpid(), signal.SIGSEGV)'],
    ['os._exit', 'os._exit(1)'],
    ['SIGKILL', 'os.kill(os.getpid(), signal.SIGKILL)'],
    [
      'changes to modules',
      'json.dumps = None; sys.path.clear(); os.environ.clear(); os.chdir("/")',
    ],
    ['ignored signals', '[signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15, 17)]'],
    ['closed descriptors', 'os.closerange(0, 256)'],
    ['much memory', 'kept = bytearray(200 << 20)'],
  ])('%s', async (_, deed) => {
    const python = create(
      `import json, os, signal, sys\nif not sys.stdin.read():\n    ${deed}\nelse:\n    print(json.dumps([os.getppid()]))\n`,
      { preload: ['json', 'signal'] },
    )
    const good = async () => {
      const made = makeRun({ stdin: 'good' })
      expect(await python.run(made.run)).toMatchObject({ status: 'succeeded' })
      return made.output().stdout.toString()
    }
    const before = await good()
    const [, after] = await Promise.all([python.run(makeRun({ stdin: '' }).run), good()])
    expect([after, await good()]).toEqual([before, before])
  })
})

it('the end of this process by SIGKILL leaves nothing running', async () => {
  write('unused', '')
  const program = join(import.meta.dirname, '../../../fixtures/python/node-killed.ts')
  const child = spawn(process.execPath, [program, PYTHON, DATA_DIR], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  while ((text.match(/running \d+/g) ?? []).length < 2) {
    text += String((await once(child.stdout, 'data'))[0])
  }
  const ids = [...text.matchAll(/running (\d+)/g)].map(([, id]) => Number(id))
  const server = parentOf(ids[0] ?? 0)
  const [, socketPath = ''] =
    /fork_server\.py\0([^\0]+)/.exec(readFileSync(`/proc/${server}/cmdline`, 'utf8')) ?? []
  expect(existsSync(socketPath)).toBe(true)
  child.kill('SIGKILL')
  await expect.poll(() => [server, ...ids].filter(isRunning), { timeout: 10_000 }).toEqual([])
  expect(existsSync(dirname(socketPath))).toBe(false)
})

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0)
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${id}/status`, 'utf8'))
  } catch {
    return false
  }
}

function statOf(id: number | string): readonly string[] {
  const stat = readFileSync(`/proc/${id}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function parentOf(id: number): number {
  return Number(statOf(id)[1])
}

function ticksOf(id: string): number {
  const stat = statOf(id)
  return Number(stat[11]) + Number(stat[12])
}
