import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ExecutorInstance } from 'hookline/sdk/executor'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { makeRun } from '../../../../core/testing/make-run.ts'
import { createPython } from './create-python.ts'

const isRoot = process.getuid?.() === 0
const NOBODY = { uid: 65534, gid: 65534 }
const top = realpathSync(mkdtempSync(join(tmpdir(), 'python-apart-')))
chmodSync(top, 0o777)
const open: ExecutorInstance[] = []

afterAll(() => rmSync(top, { recursive: true }))
afterEach(async () => {
  await Promise.all(open.splice(0).map((python) => python.close?.()))
})

function create(name: string, script: string, options: object = {}): ExecutorInstance {
  writeFileSync(join(top, `${name}.py`), script)
  const python = createPython(
    { script: `./${name}.py`, mode: 'warm', cwd: '/', ...options },
    { baseDir: top },
  )
  open.push(python)
  return python
}

async function outputOf(python: ExecutorInstance, stdin = ''): Promise<string> {
  const made = makeRun({ stdin })
  const outcome = await python.run(made.run)
  const { stdout, stderr } = made.output()
  expect([outcome.status, stderr.toString()]).toEqual(['succeeded', ''])
  return stdout.toString().trim()
}

const PARENT = 'import os\nprint(os.getppid())\n'

describe.runIf(isRoot)('a warm program of another user (needs root)', () => {
  it('has an interpreter that runs as this user, and imports as this user', async () => {
    writeFileSync(
      join(top, 'who_imports.py'),
      'import os\nIDS = os.getresuid() + os.getresgid() + (len(os.getgroups()),)\n',
    )
    const script = `import os, who_imports\nprint(who_imports.IDS)\nprint(open(f"/proc/{os.getppid()}/status").read())\nprint("command", open(f"/proc/{os.getppid()}/cmdline").read().replace("\\0", " "))\n`
    const output = await outputOf(create('who', script, { ...NOBODY, preload: ['who_imports'] }))
    expect(output).toMatch(/^\(65534, 65534, 65534, 65534, 65534, 65534, 0\)\n/)
    expect(output).toMatch(/^Uid:(\t65534){4}\nGid:(\t65534){4}$/m)
    expect(output).toMatch(/^Groups:\s*$/m)
    // Its own program is not read from the package, which this user may be unable to read.
    expect(output).toMatch(/^command \S+python\S* \/tmp\/hookline-python-\S+\/fork_server\.py /m)
  })

  it('shares it with no other user and no other restrictions', async () => {
    const programs = [
      create('parent', PARENT),
      create('parent', PARENT, NOBODY),
      create('parent', PARENT, { uid: 65533, gid: 65533 }),
      create('parent', PARENT, { uid: 65534, gid: 65533 }),
      create('parent', PARENT, { ...NOBODY, limits: { openFiles: 64 } }),
      create('parent', PARENT, { ...NOBODY, umask: '027' }),
      create('parent', PARENT, { ...NOBODY, noNewPrivileges: true }),
    ]
    const servers = await Promise.all(programs.map((program) => outputOf(program)))
    expect(new Set(servers).size).toBe(programs.length)
    expect(await outputOf(create('parent', PARENT, NOBODY))).toBe(servers[1])
  })

  it('cannot run a script that its user cannot read', async () => {
    const python = create('closed', 'print(1)\n', NOBODY)
    chmodSync(join(top, 'closed.py'), 0o600)
    const made = makeRun()
    expect(await python.run(made.run)).toMatchObject({ status: 'failed', exitCode: 2 })
    expect(made.output().stderr.toString()).toContain('Permission denied')
  })

  it('can change nothing that programs connect to, nor enter what others do', async () => {
    const script = `import glob, os
for folder in glob.glob("/tmp/hookline-python-*"):
    steps = [] if os.stat(folder).st_gid == os.getgid() else [os.listdir]
    for step in (*steps, os.rmdir, lambda path: os.rename(path, path + "x"), lambda path: os.unlink(path + "/s")):
        try:
            step(folder)
            print("could", folder)
        except OSError:
            pass
`
    expect(await outputOf(create('connect', script, NOBODY))).toBe('')
  })
})

it('a warm program finds nothing of others in the memory of its interpreter', async () => {
  const marks = { script: 'MARK_OF_SCRIPT', input: 'MARK_OF_INPUT', file: 'MARK_OF_NAME' }
  const other = create(
    marks.file,
    `import sys\n${marks.script} = "${marks.script}"\nprint(len(sys.stdin.read()))\n`,
  )
  await outputOf(other, marks.input)
  const look = create('look', LOOK)
  const [seen] = await Promise.all([outputOf(look), outputOf(other, marks.input)])
  const [objects, ...found] = seen.split('\n')
  expect(Number(objects)).toBeGreaterThan(1000)
  expect(found).toEqual([])
})

it('a warm program inherits no descriptors of the process that Hookline was started from', () => {
  const program = fileURLToPath(new URL('../../../fixtures/python/descriptors.ts', import.meta.url))
  const { stdout, stderr } = spawnSync(
    'bash',
    [
      '-c',
      'exec 3< /etc/passwd 77< /etc/passwd 200< /etc/passwd; exec "$@"',
      'bash',
      process.execPath,
      program,
    ],
    { encoding: 'utf8' },
  )
  expect([stdout, stderr]).toEqual(["warm ['0', '1', '2']\n", ''])
})

// Follows all references from the frames, the modules and what the collector knows.
const LOOK = `
import gc, sys
gc.unfreeze()
frame, todo = sys._getframe(), [sys.modules]
while frame:
    todo += [frame.f_globals, frame.f_locals, frame.f_code]
    frame = frame.f_back
todo += gc.get_objects()
seen, marks = set(), [("MARK_" + kind) for kind in ("OF_SCRIPT", "OF_INPUT", "OF_NAME")]
own = {id(todo), id(marks), id(seen)}
found = []
while todo:
    thing = todo.pop()
    if id(thing) in seen or id(thing) in own:
        continue
    seen.add(id(thing))
    if isinstance(thing, (str, bytes, bytearray)):
        text = thing if isinstance(thing, str) else thing.decode("latin1")
        if len(text) > 12 and any(mark in text for mark in marks) and text not in marks:
            found.append(text[:80])
    todo += gc.get_referents(thing)
print(len(seen), *found, sep="\\n")
`
