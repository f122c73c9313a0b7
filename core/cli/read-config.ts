import { labelSchema } from '../config/label-schema.ts'
import type { RunningConfig } from '../contracts/config.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import { HooklineError } from '../kit/errors.ts'

const SILENT: PluginLogger = { debug() {}, info() {}, warn() {}, error() {} }

/** Which config a command means; what is not given comes from the environment. */
export interface ConfigOptions {
  readonly config?: string
  readonly data?: string
  readonly host?: string
  readonly port?: number
  readonly label?: readonly string[]
}

/** What the options and the environment say instead of the config. */
export function overridesOf(options: ConfigOptions) {
  const host = options.host ?? fromEnvironment('HOOKLINE_HOST')
  const port = options.port ?? portFromEnvironment()
  const dataDir = options.data ?? fromEnvironment('HOOKLINE_DATA')
  const labels = options.label ?? labelsFromEnvironment()
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(labels === undefined ? {} : { labels }),
  }
}

/** The config file that the options or the environment name. */
export function configFileOf(options: ConfigOptions): string | undefined {
  return options.config ?? fromEnvironment('HOOKLINE_CONFIG')
}

/** Loads the config without changing anything: no secret is made, no folder either. */
export async function readConfig(options: ConfigOptions): Promise<RunningConfig> {
  const { loadConfig } = await import('../config/load.ts')
  const file = configFileOf(options)
  return loadConfig({
    ...(file === undefined ? {} : { file }),
    cwd: process.cwd(),
    env: process.env,
    overrides: overridesOf(options),
    mode: 'check',
    logger: SILENT,
    clock: Date.now,
  })
}

/** A port as text; throws with the name of where it was given. */
export function parsePort(text: string, name: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new HooklineError('cli_usage', `${name} must be a port from 0 to 65535, not '${text}'`)
}

/** One more label of a command line; throws where it is none. */
export function addLabel(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, parseLabel(text, '--label')]
}

function labelsFromEnvironment(): readonly string[] | undefined {
  const text = fromEnvironment('HOOKLINE_LABELS')
  return text?.split(',').map((label) => parseLabel(label.trim(), 'HOOKLINE_LABELS'))
}

function parseLabel(text: string, name: string): string {
  const parsed = labelSchema.safeParse(text)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new HooklineError('cli_usage', `${name} ${issue?.message}, not '${text}'`)
}

function portFromEnvironment(): number | undefined {
  const text = fromEnvironment('PORT')
  return text === undefined ? undefined : parsePort(text, 'PORT')
}

function fromEnvironment(name: string): string | undefined {
  return process.env[name] || undefined
}
