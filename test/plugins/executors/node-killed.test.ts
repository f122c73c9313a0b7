import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { PYTHON_PROGRAMS } from './python/create-python.ts'
import { DATA_DIR, PROGRAMS, PYTHON } from './subprocess/create-subprocess.ts'

const NODE_THAT_IS_KILLED = fileURLToPath(
  new URL('../../fixtures/executors/run-until-killed.ts', import.meta.url),
)
const SCRIPT = { script: './contract.py', args: ['stubborn'], interpreter: PYTHON }
const isRoot = process.getuid?.() === 0
const NOBODY = { uid: 65534, gid: 65534, cwd: '/' }

function isRunning(id: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${id}/status`, 'utf8'))
  } catch {
    return false
  }
}

const WAYS: readonly (readonly [string, string, object])[] = [
  ['by the launcher', 'subprocess', { command: ['./sleep.sh'] }],
  ['by Node.js', 'subprocess', { command: ['./sleep.sh'], launcher: 'off' }],
  ['by a Python of its own', 'python', { ...SCRIPT, mode: 'spawn' }],
  ['by a warm Python', 'python', { ...SCRIPT, mode: 'warm' }],
  ['by a worker', 'python', { ...SCRIPT, mode: 'workers' }],
]

describe.runIf(process.platform === 'linux')('programs whose node is killed', () => {
  it.each([
    ...WAYS,
    ...(isRoot
      ? WAYS.map(
          ([way, name, options]) =>
            [`${way}, as another user`, name, { ...options, ...NOBODY }] as const,
        )
      : []),
  ])('end with it, where they were started %s', async (_, name, options) => {
    const baseDir = name === 'python' ? PYTHON_PROGRAMS : PROGRAMS
    const args = [NODE_THAT_IS_KILLED, name, JSON.stringify(options), baseDir, DATA_DIR]
    const node = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    node.stdout.on('data', (chunk) => {
      output += chunk
    })
    const ids = () => [...output.matchAll(/^running (\d+)$/gm)].map(([, id]) => Number(id))
    await expect.poll(ids, { timeout: 15_000 }).toHaveLength(2)
    expect(ids().every(isRunning)).toBe(true)
    node.kill('SIGKILL')
    await once(node, 'exit')
    await expect.poll(() => ids().some(isRunning), { timeout: 5000 }).toBe(false)
  })
})
