import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { treeIds } from '../process-tree.ts'

const STOP_MS = 10_000

/** A command that runs. */
export interface Launched {
  readonly pid: number
  /** Throws if it has ended, with the end of what it printed. */
  check(): void
  stop(): Promise<void>
}

/** Starts a command. Its output goes into the folder. It does not outlive this process. */
export function launch(
  command: readonly string[],
  cwd: string,
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Launched {
  const [program = '', ...args] = command
  const log = join(folder, 'output.txt')
  const output = openSync(log, 'a')
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...env },
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  const { pid } = child
  if (pid === undefined) throw new Error(`${program} cannot be started`)
  return {
    pid,
    check: () => {
      if (!hasEnded(child)) return
      const printed = readFileSync(log, 'utf8').slice(-2000)
      throw new Error(`${command.join(' ')} has ended:\n${printed}`)
    },
    stop: async () => {
      if (hasEnded(child)) return
      const all = treeIds([pid])
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await Promise.race([ended, sleep(STOP_MS, undefined, { ref: false })])
      if (hasEnded(child)) return
      for (const id of all) killIfThere(id)
      await ended
    },
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

function killIfThere(id: number): void {
  try {
    process.kill(id, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}
