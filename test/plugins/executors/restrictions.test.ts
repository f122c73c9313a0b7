import { chmodSync, copyFileSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SILENT_LOGGER } from '../../../core/kit/silent-logger.ts'
import { missingTool } from '../../requirements.ts'
import { runText, WAYS, type Way } from './restricted-program.ts'

const isRoot = process.getuid?.() === 0
const NOBODY = { uid: 65534, gid: 65534, cwd: '/' }
/** A user without processes, not even those of another way that are just ending: their number is counted per user. */
const newcomer = (way: Way) => ({ uid: 64321 + WAYS.indexOf(way), gid: 64321, cwd: '/' })
const MIB = 1024 * 1024

let folder = ''
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'restrictions-')))
  chmodSync(folder, 0o777)
})
afterAll(() => rmSync(folder, { recursive: true }))

const missing = missingTool('prlimit', 'nice', 'setpriv')
describe.skipIf(missing !== null).each(WAYS)('restrictions: %s', (way) => {
  const isWorker = way === 'python workers'
  const run = (text: string, options: object) => runText(way, text, { folder, ...options })

  // It takes a second of a processor. Each way sets the limit, which a test below reads.
  it.runIf(way === 'launcher' || way === 'python warm')(
    'one that burns the processor is ended',
    async () => {
      const { outcome } = await run('while True: pass', { limits: { cpuSeconds: 1 } })
      expect(outcome).toEqual({
        status: 'failed',
        exitCode: 152,
        reason: 'ended by signal SIGXCPU: it used up `limits.cpuSeconds` (SIGXCPU)',
      })
    },
  )

  it.runIf(way === 'launcher')('one that ignores the signal is ended all the same', async () => {
    const text = 'import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass'
    const { outcome } = await run(text, { limits: { cpuSeconds: 1 } })
    expect(outcome).toMatchObject({ status: 'failed', exitCode: 137 })
  })

  it('one that takes memory gets none', async () => {
    const limits = { memoryBytes: 256 * MIB }
    const { outcome, stderr } = await run(`bytearray(${512 * MIB})`, { limits })
    expect(outcome).toMatchObject({ status: 'failed', exitCode: 1 })
    expect(stderr).toContain('MemoryError')
  })

  it('one that opens files gets no more', async () => {
    const text =
      'files = []\nwhile True: files.append(open("/dev/null")); print(len(files), flush=True)'
    const { stdout, stderr } = await run(text, { limits: { openFiles: 20 } })
    // A worker has a connection of its own.
    expect(Number(stdout.trim().split('\n').at(-1))).toBe(isWorker ? 16 : 17)
    expect(stderr).toContain('Too many open files')
  })

  it('one that fills the disk is ended', async () => {
    const file = join(folder, `large-${way}`)
    const text = `import signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\nopen(${JSON.stringify(file)}, "wb", 0).write(bytes(${2 * MIB}))\nopen(${JSON.stringify(file)}, "ab", 0).write(b"more")`
    const { outcome } = await run(text, { limits: { fileBytes: MIB } })
    expect(outcome).toEqual({
      status: 'failed',
      exitCode: 153,
      reason: 'ended by signal SIGXFSZ: a file reached `limits.fileBytes` (SIGXFSZ)',
    })
    expect(statSync(file).size).toBe(MIB)
  })

  it.runIf(isRoot)('a fork bomb stays small (needs root)', async () => {
    const text = [
      'import os, time',
      'for count in range(64):',
      '  try: pid = os.fork()',
      '  except BlockingIOError: break',
      '  if pid == 0: time.sleep(60)',
      'print(count, flush=True)',
      'os.killpg(0, 9)',
    ].join('\n')
    const { stdout } = await run(text, { limits: { processes: 10 }, ...newcomer(way) })
    expect(Number(stdout)).toBe(9)
  })

  it('what is set can be seen, as in any program, and not taken off', async () => {
    const limits = { cpuSeconds: 50, memoryBytes: 1024 * MIB, openFiles: 99, fileBytes: 5 * MIB }
    const before = Number((await run(NICE, {})).stdout)
    const options = { limits, umask: '027', nice: 5, noNewPrivileges: true, ...(isRoot && NOBODY) }
    const { stdout, stderr } = await run(SEEN, options)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      // That of a worker has to do for all its runs.
      limits: [
        [50, isWorker ? 101 : 51],
        ...[1024 * MIB, 99, 5 * MIB].map((limit) => [limit, limit]),
      ],
      nice: before + 5,
      umask: 0o027,
      noNewPrivileges: '1',
      modules: [],
      ...(isRoot ? { user: [65534, 65534, []], raised: ['ValueError', 'PermissionError'] } : {}),
    })
  })

  it('files are made by its umask', async () => {
    const file = join(folder, `made-${way}`)
    await run(`open(${JSON.stringify(file)}, "w")`, { umask: '027' })
    expect(statSync(file).mode & 0o777).toBe(0o640)
  })

  it.runIf(isRoot)(
    'a setuid program gains nothing with `noNewPrivileges` (needs root)',
    async () => {
      const file = join(folder, `id-${way.replace(' ', '-')}`)
      copyFileSync('/usr/bin/id', file)
      chmodSync(file, 0o4755)
      const text = `import subprocess; subprocess.run([${JSON.stringify(file)}, "-u"])`
      expect((await run(text, NOBODY)).stdout).toBe('0\n')
      expect((await run(text, { ...NOBODY, noNewPrivileges: true })).stdout).toBe('65534\n')
    },
  )

  it('nothing of one run is left to the next', async () => {
    const text = 'import os\nprint(os.umask(0o7), os.nice(1) - os.nice(0))'
    const options = { umask: '011', nice: 1, limits: { openFiles: 64 } }
    const outputs = await Promise.all([run(text, options), run(text, options), run(text, {})])
    expect(outputs.map(({ stdout }) => stdout)).toEqual(['9 0\n', '9 0\n', '18 0\n'])
  })

  it('limits under which nothing can run are told', async () => {
    const { outcome } = await run('', { limits: { memoryBytes: 4096 } })
    expect(outcome).toMatchObject({ status: 'failed', retryable: false })
    expect(outcome).toHaveProperty(
      'reason',
      expect.stringMatching(/^restriction_unavailable: a program that does nothing fails/),
    )
  })

  describe.runIf(isRoot)('root (needs root)', () => {
    it.each([
      ['as a user, not allowed', { uid: 0, gid: 0 }, /is root: name another user/],
      ['as Hookline itself, refused', { allowRoot: false }, /Hookline runs as root/],
      ['with a limit that does not hold', { limits: { processes: 5 } }, /does not hold for root/],
    ])('%s', async (_, options, message) => {
      await expect(run('', options)).rejects.toThrow(message)
    })

    it.each([
      ['as Hookline itself', {}, 1],
      ['as Hookline itself, meant', { allowRoot: true }, 0],
      ['as a user, meant', { allowRoot: true, uid: 0, gid: 0 }, 0],
      ['as another user', NOBODY, 0],
    ])('%s: %o gives %i warnings', async (_, options, count) => {
      const warnings: string[] = []
      const warn = (_: object, message: string) => void warnings.push(message)
      const context = { logger: { ...SILENT_LOGGER, warn } }
      await run('', { ...options, context })
      expect(warnings).toHaveLength(count)
    })
  })
})

const NICE = 'import os; print(os.nice(0))'
const SEEN = `
import sys
loaded = [name for name in ("resource", "forked_program", "ctypes") if name in sys.modules]
import json, os, resource
names = ("CPU", "AS", "NOFILE", "FSIZE")
seen = {
    "limits": [resource.getrlimit(getattr(resource, "RLIMIT_" + name)) for name in names],
    "nice": os.nice(0),
    "umask": os.umask(0),
    "noNewPrivileges": [line.split()[1] for line in open("/proc/self/status") if line.startswith("NoNewPrivs")][0],
    "modules": loaded,
}
if os.getuid() == 65534:
    seen["user"] = [os.getuid(), os.getgid(), os.getgroups()]
    seen["raised"] = []
    for raise_it in (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200)), lambda: os.setuid(0)):
        try:
            raise_it()
        except Exception as error:
            seen["raised"].append(type(error).__name__)
print(json.dumps(seen))
`
