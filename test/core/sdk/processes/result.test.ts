import { describe, expect, it } from 'vitest'
import { LastLine } from '../../../../core/sdk/processes/last-line.ts'
import { MAX_RESULT_BYTES } from '../../../../core/sdk/processes/result.ts'
import { makeRun } from '../../../../core/testing/make-run.ts'
import { createSubprocess } from '../../../plugins/executors/subprocess/create-subprocess.ts'

async function runShell(script: string) {
  const executor = createSubprocess({ command: ['sh', '-c', script] })
  const made = makeRun()
  try {
    const outcome = await executor.run(made.run)
    return { outcome, stderr: made.output().stderr.toString() }
  } finally {
    await executor.close?.()
  }
}

const SUCCEEDED = { status: 'succeeded', exitCode: 0 }
const FAILED = { status: 'failed', reason: 'exited with code 3', exitCode: 3 }
const LONG = `head -c ${MAX_RESULT_BYTES} /dev/zero | tr '\\0' x`

describe('the result of a program', () => {
  it.each([
    ['an object as the last line', `echo one; echo '{"a": [1, "é"]}'`, { a: [1, 'é'] }],
    ['an array as the last line', `echo '[1]'`, [1]],
    ['a last line without its line feed', `printf 'one\n{"a": 1}'`, { a: 1 }],
    ['a file', `echo '{"a": 1}' > "$WEBHOOK_RESULT"`, { a: 1 }],
    ['a file of any JSON', `echo '"text"' > "$WEBHOOK_RESULT"`, 'text'],
    ['a file before the last line', `echo 1 > "$WEBHOOK_RESULT"; echo '{"a": 1}'`, 1],
  ])('%s', async (_, script, result) => {
    expect((await runShell(script)).outcome).toEqual({ ...SUCCEEDED, result })
    expect((await runShell(`${script}; exit 3`)).outcome).toEqual({ ...FAILED, result })
  })

  it.each([
    ['no output', 'true'],
    ['a number as the last line', 'echo 42'],
    ['an object before the last line', `echo '{"a": 1}'; echo done`],
    ['an object before an empty line', `echo '{"a": 1}'; echo`],
    ['a line that begins like an object', `echo '{"a": '`],
    ['an object on standard error', `echo '{"a": 1}' >&2`],
    ['a last line that is too long', `printf '{"a": "'; ${LONG}; echo '"}'`],
    ['a last line that is not UTF-8', `printf '["\\377"]\\n'`],
    [
      'a last line that is nested too deeply',
      `printf '%200s' | tr ' ' '['; printf '%200s' | tr ' ' ']'`,
    ],
  ])('%s is none', async (_, script) => {
    const { outcome, stderr } = await runShell(script)
    expect(outcome).toEqual(SUCCEEDED)
    expect(stderr).not.toContain('[hookline]')
  })

  it.each([
    ['is no JSON', 'echo text > "$WEBHOOK_RESULT"', 'it is not JSON in a plain file'],
    ['is empty', ': > "$WEBHOOK_RESULT"', 'it is not JSON in a plain file'],
    ['is a link', 'ln -s /proc/self/status "$WEBHOOK_RESULT"', 'it is not JSON in a plain file'],
    ['is a pipe', 'mkfifo "$WEBHOOK_RESULT"', 'it is not JSON in a plain file'],
    ['is a folder', 'mkdir "$WEBHOOK_RESULT"', 'it is not JSON in a plain file'],
    [
      'is too long',
      `${LONG} > "$WEBHOOK_RESULT"; echo >> "$WEBHOOK_RESULT"`,
      'it is over 1048576 bytes',
    ],
  ])('a file that %s is none, and the output says so', async (_, script, why) => {
    const { outcome, stderr } = await runShell(script)
    expect(outcome).toEqual(SUCCEEDED)
    expect(stderr).toBe(
      `[hookline] The file of WEBHOOK_RESULT is not kept as the result: ${why}.\n`,
    )
  })
})

describe('the last line', () => {
  it.each([
    [['{"a', '":1}\n'], '{"a":1}\n'],
    [['one\n', '{', '}'], '{}'],
    [['one\n{', '}\n'], '{}\n'],
    [['{}', '\n'], '{}\n'],
    [['{}\n', '\n'], null],
    [['{}\n', 'x'], null],
    [['x{}'], null],
    [['x', '{}'], null],
    [['{1\n[2\n[3]'], '[3]'],
    [['[', '\n', ']'], null],
    [['{}\n', ''], '{}\n'],
    [['[12345678]'], null],
    [['[12', '345', '678]', '\n[1]'], '[1]'],
  ])('of %j', (chunks, expected) => {
    const line = new LastLine(8)
    for (const chunk of chunks) line.add(Buffer.from(chunk))
    expect(line.text()).toBe(expected)
  })
})
