import { execFile } from 'node:child_process'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { RunningConfig } from '../../contracts/config.ts'
import { HooklineError } from '../../errors/errors.ts'
import { errorCodeOf } from '../../kit/thrown.ts'
import { PACKAGE } from '../invocation.ts'
import { readConfig } from '../read-config.ts'
import type { RunOptions } from '../run-node.ts'
import { planTunnelUnit } from './plan-tunnel.ts'
import type { Scope } from './systemctl.ts'
import type { TunnelUnitPlan } from './tunnel-unit.ts'
import type { UnitPlan } from './unit.ts'

const run = promisify(execFile)
const DEFAULT_USER = 'hookline'
/** Mebibytes for new objects. Node.js would take four times as much under load, and be no faster. */
const NODE_OPTION = '--max-semi-space-size=8'
/** Names that are valid for systemd, for `useradd` and in the text of a unit. */
const ACCOUNT = /^[a-z_][a-z0-9_-]{0,30}$/

/** Options of `service install`, including those of `start`. */
export interface InstallOptions extends Omit<RunOptions, 'tunnel'> {
  readonly name: string
  readonly scope?: Scope
  readonly user?: string
  readonly group?: readonly string[]
  readonly write?: readonly string[]
  readonly envFile?: string
  readonly key?: string
  readonly namespaces?: true
  /** Also the unit of the tunnel of the config. */
  readonly tunnel?: true
  readonly print?: true
  /** False with `--no-start`. */
  readonly start: boolean
}

/** Default: `system` for root, else `user`. */
export function scopeOf({ scope }: { readonly scope?: Scope }): Scope {
  return scope ?? (process.getuid?.() === 0 ? 'system' : 'user')
}

/** What is installed. */
export interface InstallPlan {
  readonly unit: UnitPlan
  /** Null without `--tunnel`. */
  readonly tunnel: TunnelUnitPlan | null
}

/** Plans the units. Reads the config with the variables of the environment file. Throws if the config is faulty. */
export async function planUnits(options: InstallOptions): Promise<InstallPlan> {
  const scope = scopeOf(options)
  const environmentFile = resolve(options.envFile ?? defaultEnvironmentFile(scope))
  readVariables(environmentFile)
  const config = await readConfig(options)
  const user = scope === 'user' ? null : (options.user ?? DEFAULT_USER)
  const accounts = [...(user === null ? [] : [user]), ...(options.group ?? [])]
  const wrong = accounts.find((account) => !ACCOUNT.test(account))
  if (wrong !== undefined) {
    throw new HooklineError('cli_usage', `'${wrong}' is not a valid name of an account or a group`)
  }
  if (scope === 'user' && options.user !== undefined) {
    throw new HooklineError('cli_usage', 'A user unit runs as you, so --user cannot be given')
  }
  const unit = {
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
  return { unit, tunnel: options.tunnel ? planTunnelUnit(config, unit, options.name) : null }
}

/** User and group id of an account. Throws `cli_usage` if it does not exist. */
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
    const message = 'This copy of Hookline is in the cache of npx, which may be emptied at any time'
    throw new HooklineError('cli_usage', message, {
      remedy: `In a clone, run \`npm run setup:test && npm pack\`, then \`npm install --global ${PACKAGE}\`. Then run \`hookline service install\`.`,
    })
  }
  const words = [process.execPath, NODE_OPTION, program, 'start']
  words.push('--config', configFile(config), '--data', config.settings.dataDir)
  if (role !== 'all') words.push('--role', role)
  if (host !== undefined) words.push('--host', host)
  if (port !== undefined) words.push('--port', String(port))
  return [...words, ...label.flatMap((each) => ['--label', each])]
}

/** The main file of the config: the first one. */
function configFile({ files }: RunningConfig): string {
  const [file] = files
  if (file === undefined) throw new HooklineError('config_missing', 'The config came from no file')
  return file
}

function defaultEnvironmentFile(scope: Scope): string {
  if (scope === 'system') return '/etc/hookline/environment'
  return join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'hookline/environment')
}

/** Loads variables from a file. Variables that are already set keep their values. */
function readVariables(file: string): void {
  try {
    process.loadEnvFile(file)
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return
    throw new HooklineError('file_unreadable', `${file} cannot be read`, { cause: error })
  }
}
