import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'vitest'

const MAX_MS = 40_000

/** Starts a service by a command of npm, sends a TERM to npm alone, and checks that the service stops. */
export async function expectEndWithNpm(
  command: 'npm' | 'npx',
  words: readonly string[],
  cwd: string,
): Promise<void> {
  const npm = spawn(command, words, {
    cwd,
    // In a group of its own, so that a service that outlives npm can be ended.
    detached: true,
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const timer = setTimeout(() => endGroup(npm.pid), MAX_MS)
  const exited = once(npm, 'exit')
  const lines: string[] = []
  const output = createInterface({ input: npm.stdout }).on('line', (line) => lines.push(line))
  const closed = once(output, 'close')
  try {
    const url = await new Promise<string>((resolve, reject) => {
      output.on('line', (line) => {
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0]
        if (found !== undefined) resolve(found)
      })
      output.once('close', () => reject(new Error(`no address in:\n${lines.join('\n')}`)))
    })
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    npm.kill('SIGTERM')
    const end = await exited
    // npx ends with its shell, before the service. It says by which signal.
    if (command === 'npm') expect(end).toEqual([0, null])
    await closed
    await expect(fetch(`${url}/healthz`)).rejects.toThrow()
    expect(lines.at(-1)).toContain('stopped')
  } finally {
    clearTimeout(timer)
    endGroup(npm.pid)
  }
}

function endGroup(leader = 0): void {
  try {
    if (leader > 0) process.kill(-leader, 'SIGKILL')
  } catch {
    // Nothing is left of it.
  }
}
