import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeRun } from '../../../../core/testing/make-run.ts'
import { missingTool } from '../../../requirements.ts'
import { createSubprocess, PYTHON } from './create-subprocess.ts'

const isRoot = process.getuid?.() === 0
// Not below /tmp, which every sandbox has of its own.
const isBelowTmp = /^(\/var)?\/(tmp|run)\//.test(process.cwd())
const folder = mkdtempSync(
  join(isBelowTmp ? homedir() : join(process.cwd(), 'node_modules'), '.sandbox-'),
)
const written = join(folder, 'written')
const dataDir = join(folder, 'data')
let server: Server
let port = 0

beforeAll(async () => {
  mkdirSync(written)
  mkdirSync(dataDir)
  writeFileSync(join(dataDir, 'key'), 'hush')
  server = createServer((socket) => socket.end('hello'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  port = address !== null && typeof address === 'object' ? address.port : 0
})

afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

async function attempt(command: readonly string[], options: object = {}) {
  const made = makeRun()
  const executor = createSubprocess({ command, sandbox: {}, ...options }, { dataDir })
  const outcome = await executor.run(made.run)
  await executor.close?.()
  const { stdout, stderr } = made.output()
  return { outcome, stdout: stdout.toString(), stderr: stderr.toString() }
}

const shell = (text: string, options: object = {}) => attempt(['sh', '-c', text], options)

describe.skipIf(missingTool('bwrap') !== null)('sandbox (needs bubblewrap)', () => {
  describe.each(['auto', 'off'])('launcher %s', (launcher) => {
    const connect = () =>
      attempt(
        [PYTHON, '-c', `import socket; socket.create_connection(("127.0.0.1", ${port}), 5)`],
        {
          launcher,
          sandbox: { network: false },
        },
      )

    it('has no network', async () => {
      const { outcome, stderr } = await connect()
      expect(outcome).toMatchObject({ status: 'failed', exitCode: 1 })
      expect(stderr).toMatch(/Connection refused|Network is unreachable/)
    })

    it('has a network where it is given', async () => {
      const text = `import socket; print(socket.create_connection(("127.0.0.1", ${port}), 5).recv(9))`
      const { stdout } = await attempt([PYTHON, '-c', text], {
        launcher,
        sandbox: { network: true },
      })
      expect(stdout).toBe("b'hello'\n")
    })

    it('writes only where it may', async () => {
      const file = join(folder, 'refused')
      const good = join(written, launcher)
      const text = `echo a > ${good} && echo b > /tmp/own && cat /tmp/own && echo c > ${file}`
      const { outcome, stdout, stderr } = await shell(text, {
        launcher,
        sandbox: { writable: [written] },
      })
      expect(stdout).toBe('b\n')
      expect(outcome).toMatchObject({ status: 'failed' })
      expect(stderr).toContain('Read-only file system')
      expect(readFileSync(good, 'utf8')).toBe('a\n')
      expect(existsSync(file)).toBe(false)
      expect(existsSync('/tmp/own')).toBe(false)
    })

    it("finds no data of Hookline's, nothing hidden, no sockets of services, no other processes", async () => {
      const hidden = [written, join(folder, 'secret')]
      writeFileSync(join(folder, 'secret'), 'hush')
      const text = `ls -A ${dataDir} ${written} /run; cat ${folder}/secret; ls /proc | grep -c '^[0-9]'`
      const { stdout } = await shell(text, { launcher, sandbox: { hidden } })
      expect(stdout).not.toContain('key')
      expect(stdout).not.toContain('hush')
      expect(Number(stdout.trim().split('\n').at(-1))).toBeLessThan(8)
    })

    it('ends as the program ends', async () => {
      expect((await shell('exit 1', { launcher })).outcome).toEqual({
        status: 'failed',
        reason: 'exited with code 1',
        exitCode: 1,
      })
      expect((await shell('kill -KILL $$', { launcher })).outcome).toMatchObject({ exitCode: 137 })
      expect((await shell('echo "[1]" > $WEBHOOK_RESULT', { launcher })).outcome).toEqual({
        status: 'succeeded',
        exitCode: 0,
        result: [1],
      })
    })

    it.each([
      ['a path that is not there', { writable: ['/no/such/path'] }],
      ['a program that it hides', { hidden: ['/usr/bin', '/bin'] }],
    ])('that cannot be set up is final: %s', async (_, sandbox) => {
      const { outcome, stderr } = await attempt(['/usr/bin/env'], { launcher, sandbox })
      expect(outcome).toMatchObject({ status: 'failed', retryable: false })
      expect(outcome).toHaveProperty('reason', expect.stringMatching(/^sandbox_unavailable: /))
      expect(stderr).toMatch(/^bwrap: /)
    })

    it('is stopped with all in it, also what left its group', async () => {
      const text = 'setsid sleep 60 & trap "echo bye; exit 0" TERM; echo up; sleep 60 & wait'
      const made = makeRun({ onWrite: () => made.abort('timeout') })
      const options = { command: ['sh', '-c', text], launcher, sandbox: {}, killAfterSeconds: 1 }
      const executor = createSubprocess(options, { dataDir })
      expect(await executor.run(made.run)).toMatchObject({ status: 'failed' })
      // The program was asked first.
      expect(made.output().stdout.toString()).toBe('up\nbye\n')
      await executor.close?.()
    })

    it.runIf(isRoot)('for another user, with limits (needs root)', async () => {
      const user = { uid: 65534, gid: 65534, cwd: '/' }
      const options = { launcher, ...user, limits: { openFiles: 64 }, noNewPrivileges: true }
      const { outcome, stdout } = await shell('id -u; ulimit -n', options)
      expect(outcome).toEqual({ status: 'succeeded', exitCode: 0 })
      expect(stdout).toBe('65534\n64\n')
    })
  })

  it('has the folder of its config, also below /tmp', async () => {
    const baseDir = mkdtempSync(join(tmpdir(), 'sandbox-'))
    writeFileSync(join(baseDir, 'run.sh'), '#!/bin/sh\npwd\n', { mode: 0o755 })
    const made = makeRun()
    const executor = createSubprocess({ command: ['./run.sh'], sandbox: {} }, { baseDir, dataDir })
    expect(await executor.run(made.run)).toMatchObject({ status: 'succeeded' })
    expect(made.output().stdout.toString()).toBe(`${baseDir}\n`)
    await executor.close?.()
    rmSync(baseDir, { recursive: true })
  })
})
