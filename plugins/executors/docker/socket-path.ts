import { HooklineError } from '../../../core/sdk/executor.ts'

const DEFAULT_PATH = '/var/run/docker.sock'
const UNIX = 'unix://'

/** The socket of the engine. Throws `engine_unavailable` if DOCKER_HOST names no socket. */
export function socketPathOf(
  option: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string {
  if (option !== undefined) return option
  const host = env['DOCKER_HOST'] ?? ''
  if (host === '') return DEFAULT_PATH
  if (host.startsWith(UNIX)) return host.slice(UNIX.length)
  throw new HooklineError(
    'engine_unavailable',
    `DOCKER_HOST is "${host}": only a socket of this machine (\`unix://\`) can be used`,
    { remedy: 'Set `socketPath`, or DOCKER_HOST to a socket.', fields: { retryable: false } },
  )
}
