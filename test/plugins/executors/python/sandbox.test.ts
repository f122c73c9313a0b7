import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeRun } from '../../../../core/testing/make-run.ts'
import { missingTool } from '../../../requirements.ts'
import { PYTHON } from '../subprocess/create-subprocess.ts'
import { createPython } from './create-python.ts'

// Below /tmp, of which every sandbox has its own.
const top = realpathSync(mkdtempSync(join(tmpdir(), 'python-sandbox-')))
afterAll(() => rmSync(top, { recursive: true }))

function write(name: string, text: string): string {
  writeFileSync(join(top, name), text)
  return join(top, name)
}

async function attempt(options: Readonly<Record<string, unknown>>) {
  const made = makeRun({ payload: { size: 3 } })
  const dataDir = join(top, 'data')
  mkdirSync(dataDir, { recursive: true })
  const executor = createPython({ sandbox: {}, ...options }, { baseDir: top, dataDir })
  const outcome = await executor.run(made.run)
  await executor.close?.()
  const { stdout, stderr } = made.output()
  return { outcome, stdout: stdout.toString(), stderr: stderr.toString() }
}

it.each(['warm', 'workers'])('`%s` with a sandbox is a fault that says what to do', (mode) => {
  const fault = new RegExp(`cannot be \`${mode}\` with \`sandbox\`.*Leave \`mode\` out`)
  expect(() => createPython({ script: './a.py', mode, sandbox: {} })).toThrow(fault)
})

describe.skipIf(missingTool('bwrap') !== null)('python in a sandbox (needs bubblewrap)', () => {
  it('has no network, writes nothing, and sees no other process', async () => {
    write('look.py', LOOK)
    const { stdout, stderr } = await attempt({ script: './look.py' })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({ network: ['lo'], written: 'OSError', processes: 2 })
  })

  it('calls a function, and keeps its result', async () => {
    write('handle.py', 'def size(event):\n    return event["payload"]["size"]\n')
    expect((await attempt({ function: 'handle:size' })).outcome).toEqual({
      status: 'succeeded',
      exitCode: 0,
      result: 3,
    })
  })

  it('finds a virtual environment and the file behind a link', { timeout: 60_000 }, async () => {
    execFileSync(PYTHON, ['-m', 'venv', '--without-pip', join(top, 'venv')])
    const target = mkdtempSync(join(tmpdir(), 'python-target-'))
    writeFileSync(join(target, 'beside.py'), 'VALUE = "beside"\n')
    writeFileSync(join(target, 'run.py'), 'import beside, sys\nprint(beside.VALUE, sys.prefix)\n')
    symlinkSync(join(target, 'run.py'), join(top, 'link.py'))
    const { stdout, stderr } = await attempt({ script: './link.py', interpreter: './venv' })
    expect([stderr, stdout]).toEqual(['', `beside ${top}/venv\n`])
    rmSync(target, { recursive: true })
  })

  it('a sandbox that cannot be set up is final', async () => {
    write('never.py', 'print("never")\n')
    const sandbox = { writable: ['/no/such/path'] }
    const { outcome, stdout, stderr } = await attempt({ script: './never.py', sandbox })
    expect(outcome).toMatchObject({ status: 'failed', retryable: false })
    expect(outcome).toHaveProperty('reason', expect.stringMatching(/^sandbox_unavailable: /))
    expect([stdout, stderr]).toEqual(['', expect.stringMatching(/^bwrap: /)])
  })

  it('holds limits inside', async () => {
    write('limit.py', 'import resource\nprint(resource.getrlimit(resource.RLIMIT_NOFILE))\n')
    const { stdout } = await attempt({ script: './limit.py', limits: { openFiles: 64 } })
    expect(stdout).toBe('(64, 64)\n')
  })
})

const LOOK = `
import json, os, socket, sys
seen = {"network": [name for _, name in socket.if_nameindex()], "written": None}
try:
    open(os.path.join(os.path.dirname(__file__), "made"), "w")
except OSError as error:
    seen["written"] = "OSError"
seen["processes"] = len([name for name in os.listdir("/proc") if name.isdigit()])
print(json.dumps(seen))
`
