import { Buffer } from 'node:buffer'
import type { Launch, Restrictions } from '../../../core/sdk/executor.ts'

/** Shorter input goes with the request: a connection costs more. */
const MAX_INLINE_BYTES = 32 * 1024

/** A program for a fork server to start. */
export interface ForkRequest extends Pick<Launch, 'args' | 'cwd'> {
  /** Null: no input. */
  readonly stdin: string | null
  readonly script: string
  /** Variables besides those of the server. */
  readonly env: Readonly<Record<string, string>>
  readonly limits: Restrictions['limits']
  readonly umask: string | undefined
  readonly nice: number | undefined
}

/** Whether the input is sent over a connection of its own. */
export function needsConnection(stdin: string | null): stdin is string {
  return stdin !== null && Buffer.byteLength(stdin) > MAX_INLINE_BYTES
}

/** A request's fields as `fork_server.py` and `forked_program.py` read them. The program's streams begin with the key. */
export function fieldsOf(key: string, request: ForkRequest): readonly string[] {
  const { script, limits, cwd, umask, nice, args, env, stdin } = request
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const kind = stdin === null ? 'none' : needsConnection(stdin) ? 'socket' : 'text'
  return [
    key,
    script,
    limits.map(([name, value]) => `${name}=${value}`).join(' '),
    cwd,
    umask ?? '',
    String(nice ?? ''),
    String(args.length),
    String(variables.length),
    kind,
    ...args,
    ...variables,
  ]
}
