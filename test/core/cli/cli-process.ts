import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

export const BIN = join(import.meta.dirname, '../../../core/cli/bin.ts')
const RUN_SECONDS = 30

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly nodeArgs?: readonly string[]
  /** Given on standard input. Default: nothing. */
  readonly input?: string
  /** A command that runs the command line: the user of another, a terminal. */
  readonly command?: readonly string[]
}

/** The environment of commands: where programs are, and where compiled code is kept, which halves their time. */
export function bareEnv(): Readonly<Record<string, string>> {
  const { PATH = '', NODE_COMPILE_CACHE } = process.env
  return { PATH, ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }) }
}

/** Runs the command line in a process of its own, to its end; of the environment it gets `bareEnv` only. */
export async function cli(args: readonly string[], options: CliOptions): Promise<Finished> {
  const words = [process.execPath, ...(options.nodeArgs ?? []), BIN, ...args]
  const [program = '', ...rest] = [...(options.command ?? []), ...words]
  const child = spawn(program, rest, {
    cwd: options.cwd,
    env: { ...bareEnv(), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: RUN_SECONDS * 1000,
  })
  const exited = once(child, 'exit')
  child.stdin.on('error', () => {}).end(options.input ?? '')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await exited
  return { code, stdout, stderr }
}

/** An empty folder, removed by `remove`. */
export function emptyFolder(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-cli-'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
