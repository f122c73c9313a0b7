import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeRun } from '../../../core/testing/make-run.ts'
import { skipReason } from '../../requirements.ts'
import { createPython } from './python/create-python.ts'

const LIMIT_BYTES = 64 * 1024 * 1024
const group = makeGroup()
const folder = mkdtempSync(join(tmpdir(), 'out-of-memory-'))
const skipped = skipReason('memory groups', group === null ? 'no control group can be made' : null)

afterAll(() => {
  rmSync(folder, { recursive: true })
  if (group !== null) rmdirSync(group)
})

/** A control group with little memory, of either version; null where none can be made. */
function makeGroup(): string | null {
  for (const [root, limit] of [
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
    ['/sys/fs/cgroup', 'memory.max'],
  ] as const) {
    const path = join(root, `hookline-test-${process.pid}`)
    try {
      mkdirSync(path)
    } catch {
      continue
    }
    try {
      if (existsSync(join(path, limit))) {
        writeFileSync(join(path, limit), String(LIMIT_BYTES))
        return path
      }
    } catch {
      // It belongs to somebody else.
    }
    rmdirSync(path)
  }
  return null
}

const GREEDY = `import os, sys
if sys.stdin.read():
    with open(os.path.join(${JSON.stringify(group)}, "cgroup.procs"), "w") as file:
        file.write(str(os.getpid()))
    kept = b"x" * ${4 * LIMIT_BYTES}
`

describe.skipIf(skipped !== null)('a program that the system kills for want of memory', () => {
  it.each(['workers', 'spawn'])('is told apart from one that somebody kills: %s', async (mode) => {
    writeFileSync(join(folder, 'greedy.py'), GREEDY)
    const python = createPython({ script: './greedy.py', mode }, { baseDir: folder })
    const outcome = await python.run(makeRun({ stdin: 'all' }).run)
    const reason =
      'ended by signal SIGKILL, while the system killed a process for want of memory (OOM)'
    expect(outcome).toEqual({ status: 'failed', exitCode: 137, reason })
    expect(await python.run(makeRun({ stdin: '' }).run)).toMatchObject({ status: 'succeeded' })
    await python.close?.()
  })
})
