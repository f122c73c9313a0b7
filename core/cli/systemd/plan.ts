import { execFile } from 'node:child_process'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { RunningConfig } from '../../contracts/config.ts'
import { HooklineError } from '../../kit/errors.ts'
import { readConfig } from '../read-config.ts'
import type { RunOptions } from '../run-node.ts'
import type { Scope } from './systemctl.ts'
import type { UnitPlan } from './unit.ts'

const run = promisify(execFile)
const DEFAULT_USER = 'hookline'
/** Only names that systemd, `useradd` and a unit's text all take. */
const ACCOUNT = /^[a-z_][a-z0-9_-]{0,30}$/

/** Options of `service install`, those of `start` among them. */
export interface InstallOptions extends RunOptions {
  readonly name: string
  readonly scope?: Scope
  readonly user?: string
  readonly group?: readonly string[]
  readonly write?: readonly string[]
  readonly envFile?: string
  readonly key?: string
  readonly namespaces?: true
  readonly print?: true
  /** False with `--no-start`. */
  readonly start: boolean
}

/** The machine's own units are root's. */
export function scopeOf({ scope }: { readonly scope?: Scope }): Scope {
  return scope ?? (process.getuid?.() === 0 ? 'system' : 'user')
}

/** What the unit is to hold. Reads the config, with the variables of the unit's own file: one with faults is not installed. */
export async function planUnit(options: InstallOptions): Promise<UnitPlan> {
  const scope = scopeOf(options)
  const environmentFile = resolve(options.envFile ?? defaultEnvironmentFile(scope))
  readVariables(environmentFile)
  const config = await readConfig(options)
  const user = scope === 'user' ? null : (options.user ?? DEFAULT_USER)
  const accounts = [...(user === null ? [] : [user]), ...(options.group ?? [])]
  const wrong = accounts.find((account) => !ACCOUNT.test(account))
  if (wrong !== undefined) {
    throw new HooklineError('cli_usage', `'${wrong}' is no name of an account or a group`)
  }
  if (scope === 'user' && options.user !== undefined) {
    throw new HooklineError(
      'cli_usage',
      'A unit of your own runs as you: --user does not go with it',
    )
  }
  return {
    scope,
    user,
    environmentFile,
    groups: options.group ?? [],
    command: commandLine(options, config),
    folder: dirname(configFile(config)),
    dataDir: config.settings.dataDir,
    writable: (options.write ?? []).map((path) => resolve(path)),
    keyFile: options.key === undefined ? null : resolve(options.key),
    allowsNamespaces: options.namespaces === true,
    stopSeconds: config.settings.node.stopSeconds,
  }
}

/** Numbers of an account; throws where there is none of that name. */
export async function accountOf(user: string): Promise<{ uid: number; gid: number }> {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map((which) => run('id', [which, user], { timeout: 10_000 })),
    )
    return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) }
  } catch (error) {
    throw new HooklineError('cli_usage', `There is no account '${user}'`, {
      cause: error,
      remedy: `useradd --system --user-group --no-create-home --shell /usr/sbin/nologin ${user}, or give --user.`,
    })
  }
}

function commandLine(options: InstallOptions, config: RunningConfig): string[] {
  const { role, host, port, label = [] } = options
  const program = resolve(process.argv[1] ?? '')
  if (program.includes('/_npx/')) {
    const message = 'This copy of Hookline is in a cache of npx, which may be emptied at any time'
    throw new HooklineError('cli_usage', message, {
      remedy: 'npm install --global hookline, then hookline service install',
    })
  }
  const words = [process.execPath, program, 'start']
  words.push('--config', configFile(config), '--data', config.settings.dataDir)
  if (role !== 'all') words.push('--role', role)
  if (host !== undefined) words.push('--host', host)
  if (port !== undefined) words.push('--port', String(port))
  return [...words, ...label.flatMap((each) => ['--label', each])]
}

/** The first of the files of a config is the one that names all others. */
function configFile({ files }: RunningConfig): string {
  const [file] = files
  if (file === undefined) throw new HooklineError('config_missing', 'The config came from no file')
  return file
}

function defaultEnvironmentFile(scope: Scope): string {
  if (scope === 'system') return '/etc/hookline/environment'
  return join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'hookline/environment')
}

/** Variables that are set already stay as they are. */
function readVariables(file: string): void {
  try {
    process.loadEnvFile(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw new HooklineError('file_unreadable', `${file} cannot be read`, { cause: error })
  }
}
