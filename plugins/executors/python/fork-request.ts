import { Buffer } from 'node:buffer'
import { type Launch, limitValues, type Restrictions } from '../../../core/index.ts'

/** Shorter input goes with the request: a connection costs more. */
const MAX_INLINE_BYTES = 32 * 1024

/** A program for a fork server to start. */
export interface ForkRequest extends Pick<Launch, 'cwd' | 'stdin' | 'uid' | 'gid'> {
  readonly script: string
  readonly args: readonly string[]
  /** Variables besides those of the server. */
  readonly env: Readonly<Record<string, string>>
  readonly restrictions: Pick<Restrictions, 'limits' | 'umask' | 'nice'>
}

/** Whether the input is sent over a connection of its own. */
export function needsConnection(stdin: string | null): stdin is string {
  return stdin !== null && Buffer.byteLength(stdin) > MAX_INLINE_BYTES
}

/** A request as `fork_server.py` and `forked_program.py` read it. Throws where a value holds a NUL. */
export function encodeRequest(id: string, request: ForkRequest): string {
  const { script, cwd, uid, gid, args, env, stdin } = request
  const { limits, umask = '', nice = '' } = request.restrictions
  const limitText = limitValues(limits).map(([name, value]) => `${name}=${value}`)
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const kind = stdin === null ? 'none' : needsConnection(stdin) ? 'socket' : 'text'
  const fields = [
    ...[id, script, limitText.join(' ')],
    ...[cwd, String(uid ?? ''), String(gid ?? ''), umask, String(nice)],
    ...[String(args.length), String(variables.length), kind],
    ...[...args, ...variables],
  ]
  if (fields.some((field) => field.includes('\0'))) {
    throw Object.assign(new Error('a value holds a NUL'), { code: 'ERR_INVALID_ARG_VALUE' })
  }
  const body = [...fields, kind === 'text' ? stdin : ''].join('\0')
  return `${Buffer.byteLength(body)}\n${body}`
}
