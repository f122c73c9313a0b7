import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { adminTokenFile } from '../api/admin-token.ts'
import type { RunningConfig } from '../contracts/config.ts'
import { HooklineError, isHooklineError } from '../kit/errors.ts'
import { ApiClient } from './api-client.ts'
import { readConfig } from './read-config.ts'

export interface ServiceOptions {
  readonly url?: string
  readonly token?: string
  readonly config?: string
  readonly data?: string
}

/** Adds the options that say which service a command talks to. */
export function withServiceOptions(command: Command): Command {
  return command
    .option('--url <url>', "the service's address (HOOKLINE_URL; default: from the config)")
    .option(
      '--token <token>',
      'a token (HOOKLINE_TOKEN, HOOKLINE_ADMIN_TOKEN; default: that of the data folder)',
    )
    .option('-c, --config <file>', 'the config file (HOOKLINE_CONFIG)')
    .option('--data <folder>', 'the data folder (HOOKLINE_DATA; default: from the config)')
}

/** A client for the service that the options, the environment or the config in this folder name. */
export async function openClient(options: ServiceOptions): Promise<ApiClient> {
  const given = { url: givenUrl(options), token: givenToken(options) }
  const needsConfig = given.url === undefined || given.token === undefined
  return clientOf(options, needsConfig ? await readConfigForClient(options) : null)
}

async function readConfigForClient(options: ServiceOptions): Promise<RunningConfig> {
  try {
    return await readConfig(options)
  } catch (error) {
    if (!isHooklineError(error)) throw error
    const { code, message, fields } = error
    const remedy = `${error.remedy} With --url and --token, no config is needed.`
    throw new HooklineError(code, message, { cause: error, fields, remedy })
  }
}

/** The same where the config was read already; null where nothing of it is needed. */
export function clientOf(options: ServiceOptions, config: RunningConfig | null): ApiClient {
  const url = givenUrl(options) ?? (config === null ? undefined : localUrl(config))
  if (url === undefined) throw new HooklineError('cli_usage', 'No --url was given')
  return new ApiClient({
    url,
    token: () => givenToken(options) ?? keptToken(config?.settings.dataDir),
  })
}

/** Where to send to: `--url`, `HOOKLINE_URL`, or this machine with the config's port. */
export function serviceUrl(options: ServiceOptions, config: RunningConfig): string {
  return givenUrl(options) ?? localUrl(config)
}

function givenUrl(options: ServiceOptions): string | undefined {
  const url = options.url ?? (process.env['HOOKLINE_URL'] || undefined)
  if (url === undefined) return undefined
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new HooklineError('cli_usage', `--url must be an http or https address, not '${url}'`)
  }
  return url.replace(/\/+$/, '')
}

function givenToken(options: ServiceOptions): string | undefined {
  const { HOOKLINE_TOKEN, HOOKLINE_ADMIN_TOKEN } = process.env
  return options.token ?? (HOOKLINE_TOKEN || HOOKLINE_ADMIN_TOKEN || undefined)
}

function localUrl({ settings }: RunningConfig): string {
  const isEverywhere = settings.host === '0.0.0.0' || settings.host === '::'
  const host = isEverywhere ? '127.0.0.1' : settings.host
  return `http://${host.includes(':') ? `[${host}]` : host}:${settings.port}`
}

function keptToken(dataDir: string | undefined): string {
  const file = adminTokenFile(dataDir ?? 'data')
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new HooklineError('unauthorized', `No token was given, and ${file} cannot be read`, {
      cause: error,
      remedy: 'Start the service once, or give --token or HOOKLINE_TOKEN.',
    })
  }
}
