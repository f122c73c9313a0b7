import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeRun } from '../../../../core/testing/make-run.ts'
import { createPython, MODES } from './create-python.ts'

const top = realpathSync(mkdtempSync(join(tmpdir(), 'python-live-')))
afterAll(() => rmSync(top, { recursive: true }))

function create(text: string, options: object) {
  writeFileSync(join(top, 'script.py'), text)
  return createPython({ script: './script.py', killAfterSeconds: 1, ...options }, { baseDir: top })
}

describe.each(MODES)('the output of a Python program: %s', (mode) => {
  it.each([
    ['a line', 'print("step 1")', 'step 1\n'],
    ['part of a line', 'print(".", end="")', '.'],
    ['bytes', 'import sys; sys.stdout.buffer.write(b"raw")', 'raw'],
  ])('comes while it runs, and is kept when it is stopped: %s', async (_, text, expected) => {
    const script = `${text}\nimport signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)\n`
    const python = create(script, { mode })
    const made = makeRun()
    const outcome = python.run(made.run)
    await expect.poll(() => made.output().stdout.toString(), { timeout: 15_000 }).toBe(expected)
    made.abort('timeout')
    expect(await outcome).toMatchObject({ status: 'failed', reason: 'stopped: timeout' })
    expect(made.output().stdout.toString()).toBe(expected)
    await python.close?.()
  })

  it('can be buffered by the variable of Python', async () => {
    const script =
      'import os, sys\nprint("lost")\nsys.stderr.write(repr(os.environ.get("PYTHONUNBUFFERED")))\nsys.stderr.flush()\nos._exit(0)\n'
    const outputs = [{}, { env: { PYTHONUNBUFFERED: '' } }].map(async (options) => {
      const python = create(script, { mode, ...options })
      const made = makeRun()
      await python.run(made.run)
      await python.close?.()
      return `${made.output().stdout} ${made.output().stderr}`
    })
    expect(await Promise.all(outputs)).toEqual(["lost\n '1'", " ''"])
  })
})
