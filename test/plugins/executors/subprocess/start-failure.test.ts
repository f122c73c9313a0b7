import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeRun, type RunSettings } from '../../../../core/testing/make-run.ts'
import { createSubprocess } from './create-subprocess.ts'

const folder = mkdtempSync(join(tmpdir(), 'subprocess-'))
const plain = join(folder, 'plain.txt')
const noInterpreter = join(folder, 'no-interpreter')
const SECRET = 'hunter2-hunter2'

beforeAll(() => {
  writeFileSync(plain, 'text')
  writeFileSync(noInterpreter, '#!/no/such/interpreter\n')
  chmodSync(noInterpreter, 0o755)
})

afterAll(() => rmSync(folder, { recursive: true }))

interface Case {
  readonly title: string
  readonly options: object
  readonly run?: RunSettings
  readonly reason: RegExp
}

const LONG = 'x'.repeat(200_000)

const CASES: readonly Case[] = [
  {
    title: 'a path that is not there',
    options: { command: ['./no-such-program', SECRET] },
    reason:
      /^program_not_found: ".*\/no-such-program" cannot be started: it is not there\. Check `command`/,
  },
  {
    title: 'a name that is not in PATH',
    options: { command: ['no-such-program', SECRET] },
    reason:
      /^program_not_found: "no-such-program" cannot be started: it is not there, and not in PATH/,
  },
  {
    title: 'a file that may not be executed',
    options: { command: [plain] },
    reason: /^program_not_found: .*not an executable file/,
  },
  {
    title: 'a folder',
    options: { command: [folder] },
    reason: /^program_not_found: .*not an executable file/,
  },
  {
    title: 'an interpreter that is not there',
    options: { command: [noInterpreter] },
    reason: /^program_not_found: .*the interpreter that its first line names is not there/,
  },
  {
    title: 'a working directory that is not there',
    options: { command: ['true'], cwd: './no-such-folder' },
    reason: /^program_not_found: .*working directory ".*\/no-such-folder" is not there/,
  },
  {
    title: 'a working directory that is a file',
    options: { command: ['true'], cwd: plain },
    reason: /^program_not_found: .*working directory ".*" is not a directory/,
  },
  {
    title: 'a working directory below a file',
    options: { command: ['true'], cwd: join(plain, 'below') },
    reason: /^program_not_found: .*working directory ".*" is not there/,
  },
  {
    title: 'a working directory with a name that is too long',
    options: { command: ['true'], cwd: LONG },
    reason: /^program_not_found: .*working directory ".*" is out of reach \(ENAMETOOLONG\)/,
  },
  {
    title: 'arguments that are too long',
    options: { command: ['true'] },
    run: { args: [SECRET + LONG] },
    reason: /too long for the system/,
  },
  {
    title: 'a NUL in an argument',
    options: { command: ['true'] },
    run: { args: [`${SECRET}\0`] },
    reason: /NUL/,
  },
  {
    title: 'a NUL in a variable',
    options: { command: ['true'] },
    run: { env: { WEBHOOK_X: `${SECRET}\0` } },
    reason: /NUL/,
  },
  {
    title: 'a NUL in the command',
    options: { command: ['tr\0ue'] },
    reason: /^"tr\\u0000ue" cannot be started: .*NUL/,
  },
  {
    title: 'a NUL in the working directory',
    options: { command: ['true'], cwd: './a\0b' },
    reason: /NUL/,
  },
]

describe('a program that cannot be started is a final failure', () => {
  it.each(CASES)('$title', async ({ options, run, reason }) => {
    const outcome = await createSubprocess(options).run(makeRun(run).run)
    expect(outcome).toMatchObject({ status: 'failed', retryable: false })
    expect(outcome).toHaveProperty('reason', expect.stringMatching(reason))
    expect(JSON.stringify(outcome)).not.toContain(SECRET)
  })
})

describe('a program whose input cannot be made', () => {
  it.each(['auto', 'off'])('is not started, with the launcher %s', async (launcher) => {
    const mark = join(folder, `started-${launcher}`)
    const executor = createSubprocess({ command: ['touch', mark], launcher, stdin: 'payload' })
    const outcome = await executor.run(makeRun({ stdin: `{"payload":${SECRET}}` }).run)
    await executor.close?.()
    expect(outcome).toEqual({
      status: 'failed',
      retryable: false,
      reason: expect.stringMatching(/^delivery_unparsable: The event's payload is not JSON\./),
    })
    expect(JSON.stringify(outcome)).not.toContain(SECRET)
    expect(existsSync(mark)).toBe(false)
  })
})
