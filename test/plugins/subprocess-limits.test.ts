import { chmodSync, copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeRun } from '../contracts/make-run.ts'
import { createSubprocess, hasTools, PYTHON } from './create-subprocess.ts'

const isRoot = process.getuid?.() === 0
const NOBODY = { uid: 65534, gid: 65534 }
/** A user that has no processes: their number is counted per user. */
const NEWCOMER = { uid: 64321, gid: 64321, cwd: '/' }
const MIB = 1024 * 1024

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'subprocess-limits-'))
  chmodSync(folder, 0o777)
})
afterAll(() => rmSync(folder, { recursive: true }))

async function attempt(command: readonly string[], options: object) {
  const made = makeRun()
  const executor = createSubprocess({ command, ...options })
  const outcome = await executor.run(made.run)
  await executor.close?.()
  const { stdout, stderr } = made.output()
  return { outcome, stdout: stdout.toString(), stderr: stderr.toString() }
}

const python = (text: string, options: object) => attempt([PYTHON, '-c', text], options)

describe.runIf(hasTools('prlimit', 'nice', 'setpriv'))(
  'restrictions (need Linux, util-linux and coreutils)',
  () => {
    describe.each(['auto', 'off'])('launcher %s', (launcher) => {
      it('one that burns the processor is ended', async () => {
        const { outcome } = await python('while True: pass', {
          launcher,
          limits: { cpuSeconds: 1 },
        })
        expect(outcome).toEqual({
          status: 'failed',
          exitCode: 152,
          reason: 'ended by signal SIGXCPU: it used up `limits.cpuSeconds` (SIGXCPU)',
        })
      })

      it('one that ignores the signal is ended all the same', async () => {
        const text =
          'import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass'
        const { outcome } = await python(text, { launcher, limits: { cpuSeconds: 1 } })
        expect(outcome).toMatchObject({ status: 'failed', exitCode: 137 })
      })

      it('one that takes memory gets none', async () => {
        const limits = { memoryBytes: 256 * MIB }
        const { outcome, stderr } = await python(`bytearray(${512 * MIB})`, { launcher, limits })
        expect(outcome).toMatchObject({ status: 'failed', exitCode: 1 })
        expect(stderr).toContain('MemoryError')
      })

      it('one that opens files gets no more', async () => {
        const text =
          'files = []\nwhile True: files.append(open("/dev/null")); print(len(files), flush=True)'
        const { stdout, stderr } = await python(text, { launcher, limits: { openFiles: 20 } })
        expect(Number(stdout.trim().split('\n').at(-1))).toBeLessThan(20)
        expect(stderr).toContain('Too many open files')
      })

      it('one that fills the disk is ended', async () => {
        const file = join(folder, `large-${launcher}`)
        const command = ['dd', 'if=/dev/zero', `of=${file}`, 'bs=64k', 'count=100']
        const { outcome } = await attempt(command, { launcher, limits: { fileBytes: MIB } })
        expect(outcome).toMatchObject({ status: 'failed', exitCode: 153 })
        expect(statSync(file).size).toBe(MIB)
      })

      it.runIf(isRoot)('a fork bomb stays small (needs root)', async () => {
        const text = [
          'import os, time',
          'for count in range(64):',
          '  try: pid = os.fork()',
          '  except BlockingIOError: break',
          '  if pid == 0: time.sleep(60)',
          'print(count)',
          'os.killpg(0, 9)',
        ].join('\n')
        const limits = { processes: 10 }
        const { stdout } = await attempt([PYTHON, '-u', '-c', text], {
          launcher,
          limits,
          ...NEWCOMER,
        })
        expect(Number(stdout)).toBeGreaterThan(0)
        expect(Number(stdout)).toBeLessThan(10)
      })

      it('umask and nice', async () => {
        const file = join(folder, `made-${launcher}`)
        const before = Number((await attempt(['nice'], { launcher })).stdout)
        const command = ['sh', '-c', `: > ${file}; nice; umask`]
        const { stdout } = await attempt(command, { launcher, umask: '027', nice: 5 })
        expect(stdout).toBe(`${before + 5}\n0027\n`)
        expect(statSync(file).mode & 0o777).toBe(0o640)
      })

      it('no new privileges', async () => {
        const command = ['grep', 'NoNewPrivs', '/proc/self/status']
        const { stdout } = await attempt(command, { launcher, noNewPrivileges: true })
        expect(stdout).toBe('NoNewPrivs:\t1\n')
      })

      it.runIf(isRoot)('a setuid program gains nothing with it (needs root)', async () => {
        const file = join(folder, `id-${launcher}`)
        copyFileSync('/usr/bin/id', file)
        chmodSync(file, 0o4755)
        const command = [file, '-u']
        const options = { launcher, ...NOBODY, cwd: '/' }
        expect((await attempt(command, options)).stdout).toBe('0\n')
        const confined = { ...options, noNewPrivileges: true }
        expect((await attempt(command, confined)).stdout).toBe('65534\n')
      })

      it('what stands in front is not taken for the program', async () => {
        const options = { launcher, noNewPrivileges: true, nice: 1, limits: { openFiles: 64 } }
        const missing = await attempt(['./no-such-program'], options)
        expect(missing.outcome).toMatchObject({ status: 'failed', retryable: false })
        expect(missing.outcome).toHaveProperty(
          'reason',
          expect.stringMatching(/^program_not_found:/),
        )
        const ended = await attempt(['./end-with.sh', '126'], options)
        expect(ended.outcome).toEqual({
          ...{ status: 'failed', reason: 'exited with code 126', exitCode: 126 },
        })
      })

      it('limits under which nothing can run are told', async () => {
        const { outcome } = await attempt(['true'], { launcher, limits: { memoryBytes: 4096 } })
        expect(outcome).toMatchObject({ status: 'failed', retryable: false })
        expect(outcome).toHaveProperty(
          'reason',
          expect.stringMatching(/^restriction_unavailable: a program that does nothing fails/),
        )
      })
    })
  },
)

describe.runIf(isRoot)('root (needs root)', () => {
  it.each([
    ['as a user, not allowed', { uid: 0, gid: 0 }, /is root: name another user/],
    ['as Hookline itself, refused', { allowRoot: false }, /Hookline runs as root/],
    ['with a limit that does not hold', { limits: { processes: 5 } }, /does not hold for root/],
  ])('%s', (_, options, message) => {
    expect(() => createSubprocess({ command: ['true'], ...options })).toThrow(message)
  })

  it.each([
    ['as Hookline itself', {}, 1],
    ['as Hookline itself, meant', { allowRoot: true }, 0],
    ['as a user, meant', { allowRoot: true, uid: 0, gid: 0 }, 0],
    ['as another user', NOBODY, 0],
  ])('%s: %o gives %i warnings', (_, options, count) => {
    const warnings: string[] = []
    const silent = () => {}
    const warn = (_: object, message: string) => void warnings.push(message)
    const logger = { debug: silent, info: silent, warn, error: silent }
    createSubprocess({ command: ['true'], ...options }, { logger })
    expect(warnings).toHaveLength(count)
  })
})
