import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Outcome } from 'hookline/sdk/executor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outcomeOfStartFailure } from '../../../core/sdk/processes/outcome.ts'

const PROGRAM = fileURLToPath(
  new URL('../../fixtures/executors/out-of-descriptors.ts', import.meta.url),
)
const folder = mkdtempSync(join(tmpdir(), 'out-of-descriptors-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Line {
  readonly when: string
  readonly name: string
  readonly outcome: Outcome
  readonly stdout: string
}

describe.runIf(process.platform === 'linux')('a node without a descriptor to spare', () => {
  let lines: readonly Line[] = []
  let stderr = ''
  let left: readonly string[] = []

  beforeAll(async () => {
    writeFileSync(join(folder, 'hi.py'), 'print("hi")\n')
    const args = [process.execPath, PROGRAM, folder, join(folder, 'data')]
    const node = spawn('sh', ['-c', 'ulimit -n 64; exec "$@"', 'sh', ...args], {
      env: { ...process.env, TMPDIR: folder },
    })
    const [stdout, said] = await Promise.all([text(node.stdout), text(node.stderr)])
    lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    stderr = said
    left = readdirSync(folder)
  }, 120_000)

  it('goes on, and leaves nothing behind', () => {
    expect(stderr).toBe('')
    expect(lines).toHaveLength(2 * 5 * 5)
    expect(left.filter((name) => name.startsWith('hookline-'))).toEqual([])
  })

  it('loses no task: what cannot be started is tried again', () => {
    const failed = lines.filter(({ outcome }) => outcome.status === 'failed')
    expect(failed.length).toBeGreaterThan(10)
    expect(failed.filter(({ outcome }) => 'retryable' in outcome && !outcome.retryable)).toEqual([])
    // A forked program connects its output to this process, which then cannot take the connection.
    const succeeded = lines.filter(
      ({ name, outcome }) => outcome.status === 'succeeded' && !/warm|workers/.test(name),
    )
    expect(new Set(succeeded.map(({ stdout }) => stdout))).toEqual(new Set(['hi\n']))
  })

  it('runs all programs as soon as it has some', () => {
    const after = lines.filter(({ when }) => when.endsWith('after'))
    expect(after.map(({ outcome }) => outcome.status)).toEqual(Array(10).fill('succeeded'))
  })
})

describe('an error at the start of a program', () => {
  const launch = {
    program: '/bin/echo',
    args: [],
    cwd: '/',
    env: {},
    stdin: null,
    killAfterSeconds: 1,
    uid: undefined,
    gid: undefined,
  }
  const outcomeOf = (code: string) =>
    outcomeOfStartFailure(Object.assign(new Error(code), { code }), launch)

  it.each([
    'EMFILE',
    'ENFILE',
    'EAGAIN',
    'ENOMEM',
    'ENOSPC',
    'EIO',
    'EDQUOT',
    'EUNKNOWN',
    'no code',
  ])('%s may go away: it is tried again', (code) =>
    expect(outcomeOf(code)).toMatchObject({ status: 'failed', retryable: true }),
  )

  it.each([
    'ENOENT',
    'EACCES',
    'ENOEXEC',
    'ENOTDIR',
    'ELOOP',
    'E2BIG',
    'EPERM',
    'ERR_INVALID_ARG_VALUE',
  ])('%s will stay: it is final', (code) =>
    expect(outcomeOf(code)).toMatchObject({ status: 'failed', retryable: false }),
  )
})
