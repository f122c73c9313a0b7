import { accessSync, constants, existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { HooklineError } from '../../../core/sdk/executor.ts'
import { contextEndpoint, currentContext } from './context.ts'
import type { DockerOptions } from './options.ts'
import { type EngineTls, readTls } from './tls.ts'

/** Where an engine listens, as options of a request of Node.js. */
export type EnginePlace = {
  /** How messages name it. */
  readonly shown: string
} & (
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number; readonly tls: EngineTls | null }
)

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly platform: NodeJS.Platform
}

const SYSTEM_SOCKET = '/var/run/docker.sock'
const WINDOWS_PIPE = '//./pipe/docker_engine'
const PORT = 2375
const TLS_PORT = 2376

function ownSurroundings(): Surroundings {
  return { env: process.env, home: homedir(), platform: process.platform }
}

/**
 * Where the engine is, as the `docker` command finds it: the options, DOCKER_HOST, DOCKER_CONTEXT, or the current context of
 * `~/.docker`. Without any of these, the usual sockets are tried: that of the system, one without root, one of Docker
 * Desktop. Throws `engine_unavailable`.
 */
export function enginePlace(
  { socketPath, context }: Pick<DockerOptions, 'socketPath' | 'context'>,
  { env, home, platform }: Surroundings = ownSurroundings(),
): EnginePlace {
  if (socketPath !== undefined) return { socketPath, shown: socketPath }
  const folder = env['DOCKER_CONFIG'] || join(home, '.docker')
  const host = env['DOCKER_HOST'] ?? ''
  if (context === undefined && host !== '') {
    return placeAt(host, 'DOCKER_HOST', () => tlsOf(env, env['DOCKER_CERT_PATH'] || folder))
  }
  const name = context ?? (env['DOCKER_CONTEXT'] || currentContext(folder))
  if (name !== 'default') {
    const endpoint = contextEndpoint(folder, name)
    return placeAt(endpoint.host, `the context "${name}"`, () => endpoint.tls)
  }
  const found = platform === 'win32' ? WINDOWS_PIPE : usualSocket(env, home)
  return { socketPath: found, shown: found }
}

function usualSocket(env: Surroundings['env'], home: string): string {
  const { XDG_RUNTIME_DIR: runtime } = env
  const usual = [
    SYSTEM_SOCKET,
    ...(runtime === undefined || runtime === '' ? [] : [join(runtime, 'docker.sock')]),
    join(home, '.docker/run/docker.sock'),
  ]
  return usual.find(mayOpen) ?? usual.find((path) => existsSync(path)) ?? SYSTEM_SOCKET
}

function mayOpen(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

function placeAt(host: string, named: string, tls: () => EngineTls | null): EnginePlace {
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length), shown: host }
  // `npipe:////./pipe/docker_engine`: Node.js opens a named pipe like a socket.
  if (host.startsWith('npipe://')) return { socketPath: host.slice('npipe://'.length), shown: host }
  const url = /^(tcp|https?):\/\//.test(host) ? parseUrl(host.replace(/^tcp:/, 'http:')) : null
  if (url === null || url.hostname === '') {
    throw new HooklineError(
      'engine_unavailable',
      `${named} is "${host}": only \`unix://\`, \`npipe://\` and \`tcp://\` can be used`,
      {
        remedy:
          'Set `socketPath` or DOCKER_HOST. An engine that is reached by ssh needs a forwarded socket: `ssh -nNT -L ./docker.sock:/var/run/docker.sock HOST`.',
        fields: { retryable: false },
      },
    )
  }
  const used = tls() ?? (url.protocol === 'https:' ? { rejectUnauthorized: true } : null)
  const port = Number(url.port) || (used === null ? PORT : TLS_PORT)
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port, tls: used, shown: host }
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}

/** By DOCKER_TLS_VERIFY, DOCKER_TLS or DOCKER_CERT_PATH. The engine's certificate is always verified. */
function tlsOf(env: Surroundings['env'], folder: string): EngineTls | null {
  const names = ['DOCKER_TLS_VERIFY', 'DOCKER_TLS', 'DOCKER_CERT_PATH']
  if (names.every((name) => !env[name])) return null
  return readTls(folder, true)
}
