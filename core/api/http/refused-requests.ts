import type { Meter } from '../../contracts/meter.ts'
import { ERRORS, type HooklineError } from '../../errors/errors.ts'
import type { BoundedLog } from '../../kit/bounded-log.ts'

const MAX_PATH_LENGTH = 200

/** What is known of a request that was refused. Null: unknown, as the request could not be read. */
export interface RefusedRequest {
  readonly method: string | null
  /** As sent. Its query is not logged: it may hold a token. */
  readonly path: string | null
  readonly client: string | null
}

/** Logs and counts requests that are refused before there is a delivery, and those that the service failed to answer. */
export class RefusedRequests {
  readonly #log: BoundedLog
  readonly #meter: Pick<Meter, 'refused'>

  constructor(log: BoundedLog, meter: Pick<Meter, 'refused'>) {
    this.#log = log
    this.#meter = meter
  }

  record({ method, path, client }: RefusedRequest, error: HooklineError): void {
    const { code, message } = error
    this.#meter.refused(code)
    const fields = { code, reason: message, client, method, path: loggedPath(path) }
    const entry = ERRORS[code]
    if ('status' in entry && entry.status < 500) {
      this.#log.write('warn', `${code} ${client}`, fields, 'request refused')
    } else {
      this.#log.write('error', code, { ...fields, err: error.cause ?? error }, 'request failed')
    }
  }
}

function loggedPath(path: string | null): string | null {
  if (path === null) return null
  const [bare = ''] = path.split('?', 1)
  return bare.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_PATH_LENGTH)
}
