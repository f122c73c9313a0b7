import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { adminTokenFile } from '../api/access/tokens/admin-token-file.ts'
import type { ServicePlace } from '../config/load/service-place.ts'
import type { RunningConfig } from '../contracts/config.ts'
import { HooklineError, isHooklineError } from '../errors/errors.ts'
import { localAddress, readServiceAddress } from '../node/service-address.ts'
import { ApiClient } from './api-client.ts'
import { printResult } from './print.ts'
import { configFileOf, overridesOf, withConfigOptions } from './read-config.ts'

export interface ServiceOptions {
  readonly url?: string
  readonly token?: string
  readonly config?: string
  readonly data?: string
  /** Only of commands with this option. */
  readonly json?: true
}

/** Adds the options of a command that calls the service and prints its answer. */
export function withServiceOptions(command: Command): Command {
  return withConnectionOptions(command.option('--json', 'print JSON'))
}

/** Adds the options that say which service a command calls. */
export function withConnectionOptions(command: Command): Command {
  const service = command
    .option(
      '--url <url>',
      'address of the service (HOOKLINE_URL; default: the one that runs with the data folder)',
    )
    .option(
      '--token <token>',
      'access token (HOOKLINE_TOKEN, HOOKLINE_ADMIN_TOKEN; default: from the data folder)',
    )
  return withConfigOptions(service)
}

/** Calls the service and prints its answer. */
export async function printAnswer<Answer>(
  options: ServiceOptions,
  call: (client: ApiClient) => Promise<Answer>,
  textOf: (answer: Answer) => string,
): Promise<void> {
  printResult(options, await call(await openClient(options)), textOf)
}

/** A client for the service that the options, the environment, the data folder or the config name. */
export async function openClient(options: ServiceOptions): Promise<ApiClient> {
  const { url, dataDir } = await findService(options)
  return clientAt(url, options, dataDir)
}

/** The same for a config that was read before. */
export function clientOf(options: ServiceOptions, config: RunningConfig): ApiClient {
  return clientAt(serviceUrl(options, config), options, config.settings.dataDir)
}

/** Whether the options name a service, or one runs with the data folder. */
export async function isRunning(options: ServiceOptions): Promise<boolean> {
  const { dataDir } = await findService(options)
  return dataDir === null || readServiceAddress(dataDir) !== null
}

/** Address of the service: `--url`, `HOOKLINE_URL`, the running service of the data folder, or the port of the config. */
export function serviceUrl(options: ServiceOptions, { settings }: RunningConfig): string {
  const { dataDir, host, port } = settings
  return givenUrl(options) ?? readServiceAddress(dataDir) ?? localAddress(host, port)
}

interface Service {
  readonly url: string
  /** Null if it is not needed. */
  readonly dataDir: string | null
}

async function findService(options: ServiceOptions): Promise<Service> {
  const url = givenUrl(options)
  if (url !== undefined && givenToken(options) !== undefined) return { url, dataDir: null }
  let opened: Promise<ServicePlace> | null = null
  const place = () => {
    opened ??= openPlace(options)
    return opened
  }
  const overrides = overridesOf(options)
  try {
    const dataDir =
      overrides.dataDir === undefined ? await (await place()).dataDir() : resolve(overrides.dataDir)
    if (url !== undefined) return { url, dataDir }
    const running = readServiceAddress(dataDir)
    if (running !== null) return { url: running, dataDir }
    const host = overrides.host ?? (await (await place()).setting('host'))
    const port = overrides.port ?? (await (await place()).setting('port'))
    return { url: localAddress(host, port), dataDir }
  } catch (error) {
    if (!isHooklineError(error)) throw error
    const { code, message, fields } = error
    const remedy = `${error.remedy} No config is needed with --url and --token, or with --data of a running service.`
    throw new HooklineError(code, message, { cause: error, fields, remedy })
  }
}

/** Loads what reads a config: most of what a command costs, and not needed with the data folder of a running service. */
async function openPlace(options: ServiceOptions): Promise<ServicePlace> {
  const { ServicePlace } = await import('../config/load/service-place.ts')
  return new ServicePlace({ file: configFileOf(options), cwd: process.cwd(), env: process.env })
}

function clientAt(url: string, options: ServiceOptions, dataDir: string | null): ApiClient {
  return new ApiClient({ url, token: () => givenToken(options) ?? tokenInFile(dataDir) })
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

function tokenInFile(dataDir: string | null): string {
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
