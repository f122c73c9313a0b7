import type { Command } from 'commander'
import type { RunningConfig } from '../contracts/config.ts'
import { HooklineError } from '../errors/errors.ts'
import { SILENT_LOGGER } from '../kit/silent-logger.ts'
import { LABEL, LABEL_RULE } from '../settings/label.ts'

/** Which config a command uses, and what overrides it. The environment gives what the options do not. */
export interface ConfigOptions {
  readonly config?: string
  readonly data?: string
  readonly host?: string
  readonly port?: number
  readonly label?: readonly string[]
}

/** Adds the options that say which config a command uses. */
export function withConfigOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'config file (HOOKLINE_CONFIG; default: webhook.config.*)')
    .option(
      '--data <folder>',
      'data folder: admin token, secrets, SQLite database (HOOKLINE_DATA; default: from the config)',
    )
}

/** Settings that the options and the environment override. */
export function overridesOf(options: ConfigOptions) {
  return {
    host: options.host ?? fromEnvironment('HOOKLINE_HOST'),
    port: options.port ?? portFromEnvironment(),
    dataDir: options.data ?? fromEnvironment('HOOKLINE_DATA'),
    labels: options.label ?? labelsFromEnvironment(),
  }
}

/** The config file of the options or the environment. */
export function configFileOf(options: ConfigOptions): string | undefined {
  return options.config ?? fromEnvironment('HOOKLINE_CONFIG')
}

/** Loads the config without generating secrets or creating folders: all of it, or what one source needs. */
export async function readConfig(options: ConfigOptions, onlyFor?: string): Promise<RunningConfig> {
  const { loadConfig } = await import('../config/load/load.ts')
  return loadConfig({
    file: configFileOf(options),
    cwd: process.cwd(),
    env: process.env,
    overrides: overridesOf(options),
    mode: 'check',
    onlyFor,
    logger: SILENT_LOGGER,
    clock: Date.now,
  })
}

/** Parses a port. `name` is the option or variable that an error names. */
export function parsePort(text: string, name: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new HooklineError('cli_usage', `${name} must be a port from 0 to 65535, not '${text}'`)
}

/** Adds a label of the command line to those before it. */
export function addLabel(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, parseLabel(text, '--label')]
}

function labelsFromEnvironment(): readonly string[] | undefined {
  const text = fromEnvironment('HOOKLINE_LABELS')
  return text?.split(',').map((label) => parseLabel(label.trim(), 'HOOKLINE_LABELS'))
}

function parseLabel(text: string, name: string): string {
  if (LABEL.test(text)) return text
  throw new HooklineError('cli_usage', `${name} ${LABEL_RULE}, not '${text}'`)
}

function portFromEnvironment(): number | undefined {
  const text = fromEnvironment('PORT')
  return text === undefined ? undefined : parsePort(text, 'PORT')
}

function fromEnvironment(name: string): string | undefined {
  return process.env[name] || undefined
}
