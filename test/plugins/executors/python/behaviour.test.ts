import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeRun } from '../../../../core/testing/make-run.ts'
import { ABILITIES } from './abilities.ts'
import { createPython, MODES } from './create-python.ts'
import { type Behaviour, ENDINGS, LAST_DEEDS } from './endings.ts'

const top = realpathSync(mkdtempSync(join(tmpdir(), 'python-')))
let folders = 0

afterAll(() => rmSync(top, { recursive: true }))

/** Runs a script in a folder of its own. */
async function runScript(script: string, settings: Partial<Behaviour> & { readonly mode: string }) {
  folders += 1
  const baseDir = join(top, String(folders))
  mkdirSync(baseDir)
  writeFileSync(join(baseDir, 'script.py'), script)
  writeFileSync(join(baseDir, 'beside.py'), 'VALUE = "from beside"\n')
  const { mode, options, stdin = '' } = settings
  const python = createPython({ script: './script.py', mode, ...options }, { baseDir })
  const made = makeRun({ stdin, args: ['one', 'two é'], env: { WEBHOOK_MARK: 'marked' } })
  try {
    const outcome = await python.run(made.run)
    const { stdout, stderr } = made.output()
    return { baseDir, outcome, stdout: stdout.toString(), stderr: stderr.toString() }
  } finally {
    await python.close?.()
  }
}

describe.each(MODES)('%s', (mode) => {
  const groups = { endings: ENDINGS, 'last deeds': LAST_DEEDS, abilities: ABILITIES }
  describe.each(Object.entries(groups))('%s', (_, behaviours) => {
    it.each(behaviours)('$title', { timeout: 60_000 }, async (behaviour) => {
      const { outcome, stdout, stderr } = await runScript(behaviour.script, { ...behaviour, mode })
      if (behaviour.stderr instanceof RegExp) expect(stderr).toMatch(behaviour.stderr)
      else expect(stderr).toBe(behaviour.stderr ?? '')
      if (behaviour.stdout !== undefined) expect(stdout).toBe(behaviour.stdout)
      expect(outcome.exitCode).toBe(behaviour.exitCode ?? 0)
    })
  })

  it('what waits in an open file is written before the end', async () => {
    const script = LAST_DEEDS.find(({ title }) => title.startsWith('files left open'))?.script ?? ''
    const { baseDir } = await runScript(script, { mode })
    expect(readFileSync(join(baseDir, 'left-open.txt'), 'utf8')).toBe('written')
  })
})

describe('a script sees the same in all modes', () => {
  const seen: Record<string, Record<string, unknown>> = {}

  beforeAll(async () => {
    for (const mode of MODES) {
      const { stdout, stderr, baseDir } = await runScript(LOOK_AROUND, { mode })
      expect(stderr).toBe('')
      seen[mode] = JSON.parse(stdout.replaceAll(baseDir, '<folder>'))
    }
  }, 60_000)

  it.each([
    ...[
      'names',
      'argv',
      'orig_argv',
      'path',
      'flags',
      'streams',
      'handlers',
      'group',
      'cwd',
      'umask',
    ],
    ...[
      'limits',
      'files',
      'variables',
      'gc',
      'thread',
      'executable',
      'warnings',
      'encodings',
      'hooks',
    ],
  ])('%s', (aspect) => {
    expect(seen['spawn']).toHaveProperty(aspect)
    expect(seen['warm']?.[aspect]).toEqual(seen['spawn']?.[aspect])
    // A worker has a connection of its own.
    if (aspect !== 'files') expect(seen['workers']?.[aspect]).toEqual(seen['spawn']?.[aspect])
  })

  it('and it is what Python documents', () => {
    expect(seen['warm']).toMatchObject({
      argv: ['<folder>/script.py', 'one', 'two é'],
      path: expect.arrayContaining(['<folder>']),
      group: [true, true],
      cwd: '<folder>',
    })
    expect(seen['warm']?.['names']).toMatchObject({
      __name__: "'__main__'",
      __file__: "'<folder>/script.py'",
      __spec__: 'None',
    })
  })
})

const LOOK_AROUND = `
names = {name: repr(value) for name, value in globals().items() if name not in ("__loader__", "__builtins__")}
names["__loader__"] = type(__loader__).__name__, __loader__.name, __loader__.path
names["__builtins__"] = type(__builtins__).__name__
import gc, json, locale, os, resource, signal, sys, threading, warnings
looks = ("encoding", "errors", "line_buffering", "write_through", "name", "mode", "newlines")
print(json.dumps({
    "names": names,
    "argv": sys.argv,
    "orig_argv": getattr(sys, "orig_argv", None),
    "path": sys.path,
    "flags": str(sys.flags),
    "streams": [
        [[getattr(stream, look) for look in looks], stream.isatty(), stream.fileno(), stream.seekable()]
        for stream in (sys.stdin, sys.stdout, sys.stderr)
    ],
    "handlers": [str(signal.getsignal(number)) for number in signal.Signals],
    "group": [os.getpgrp() == os.getpid(), os.getsid(0) == os.getpid()],
    "cwd": os.getcwd(),
    "umask": os.umask(0o22),
    "limits": [resource.getrlimit(number) for number in range(8)],
    "files": sorted(os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []),
    "variables": {name: value for name, value in os.environ.items() if name != "WEBHOOK_RESULT"},
    "gc": [gc.isenabled(), gc.get_threshold()],
    "thread": [threading.current_thread().name, threading.active_count(), threading.get_native_id() == threading.main_thread().native_id],
    "executable": [sys.executable, sys.prefix, sys.base_prefix],
    "warnings": str(warnings.filters),
    "encodings": [sys.getfilesystemencoding(), locale.getpreferredencoding(), sys.flags.utf8_mode],
    "hooks": [str(sys.excepthook), str(sys.displayhook), sys.gettrace(), sys.getprofile(), sys.getrecursionlimit()],
}))
`
