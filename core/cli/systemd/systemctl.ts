import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { HooklineError } from '../../errors/errors.ts'
import { UNIT_MARK } from './unit.ts'

const run = promisify(execFile)
const COMMAND_SECONDS = 120

export type Scope = 'system' | 'user'

/** A unit of systemd. */
export interface UnitName {
  readonly scope: Scope
  /** Without `.service`. */
  readonly name: string
}

/** Path of the file of a unit. */
export function unitFile({ scope, name }: UnitName): string {
  const config = process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config')
  const folder = scope === 'system' ? '/etc/systemd/system' : join(config, 'systemd/user')
  return join(folder, `${name}.service`)
}

/** Throws `cli_usage` if the file exists and was not written by Hookline. */
export function refuseForeignUnit(file: string): void {
  if (!existsSync(file) || isOwnUnit(file)) return
  throw new HooklineError('cli_usage', `${file} was not written by hookline`, {
    remedy: 'Choose another --name, or remove that file yourself.',
  })
}

/** Whether Hookline wrote a file. */
export function isOwnUnit(file: string): boolean {
  return readFileSync(file, 'utf8').startsWith(UNIT_MARK)
}

/** Throws `service_manager_unavailable` if systemd is not running. */
export function requireSystemd(): void {
  // sd_booted(3)
  if (existsSync('/run/systemd/system')) return
  throw new HooklineError('service_manager_unavailable', 'systemd does not run this machine')
}

/** Runs systemctl. Throws `service_manager_unavailable` with its error output. */
export async function systemctl(scope: Scope, ...words: readonly string[]): Promise<void> {
  try {
    await run('systemctl', [`--${scope}`, ...words], { timeout: COMMAND_SECONDS * 1000 })
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    const reason = (stderr || message).trim()
    const text = `systemctl ${words.join(' ')}: ${reason}`
    throw new HooklineError('service_manager_unavailable', text, { cause: error })
  }
}

/** Runs systemctl with its output on the terminal. Resolves to its exit code. */
export async function showSystemctl(scope: Scope, ...words: readonly string[]): Promise<number> {
  const child = spawn('systemctl', [`--${scope}`, ...words], { stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  return (code as number | null) ?? 1
}
