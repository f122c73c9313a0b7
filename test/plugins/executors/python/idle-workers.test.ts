import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeRun } from '../../../../core/testing/make-run.ts'
import { DATA_DIR, PYTHON } from '../subprocess/create-subprocess.ts'
import { createPython } from './create-python.ts'

/** Runs a program once, as a node would, and then has nothing to do. */
const RUN_ONCE = fileURLToPath(
  new URL('../../../fixtures/executors/run-until-killed.ts', import.meta.url),
)
const OPTIONS = { script: './script.py', mode: 'workers', interpreter: PYTHON }

const baseDir = realpathSync(mkdtempSync(join(tmpdir(), 'python-idle-')))
beforeAll(() => writeFileSync(join(baseDir, 'script.py'), 'import os\nprint(os.getpid())\n'))
afterAll(() => rmSync(baseDir, { recursive: true }))

describe.runIf(process.platform === 'linux')('a worker without a run', () => {
  const ended = (id: number) =>
    expect.poll(() => existsSync(`/proc/${id}`), { timeout: 10_000 }).toBe(false)

  it('ends after `idleSeconds`, and the next run has another', async () => {
    const python = createPython({ ...OPTIONS, workers: { idleSeconds: 1 } }, { baseDir })
    const workerOf = async () => {
      const made = makeRun()
      await python.run(made.run)
      return Number(made.output().stdout)
    }
    // Those that a burst has left, too.
    const first = await Promise.all([workerOf(), workerOf(), workerOf()])
    for (const worker of first) await ended(worker)
    expect(first).not.toContain(await workerOf())
    await python.close?.()
  })

  it('does not keep alive a node that has nothing else to do', async () => {
    const args = [RUN_ONCE, 'python', JSON.stringify(OPTIONS), baseDir, DATA_DIR]
    const node = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    node.stdout.on('data', (chunk) => {
      output += chunk
    })
    expect(await once(node, 'exit')).toEqual([0, null])
    expect(Number(output)).toBeGreaterThan(0)
    await ended(Number(output))
  })
})
