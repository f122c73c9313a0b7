import type { Context } from 'hono'
import type { PluginLogger } from '../../../contracts/plugin.ts'
import { type HooklineError, isHooklineError } from '../../../errors/errors.ts'
import { isRecord } from '../../../kit/is-record.ts'
import { RateLimiter } from '../../../receive/rate-limit.ts'
import type { AuditLog } from '../../audit/audit-log.ts'
import type { HttpTypes } from '../../http/types.ts'

const REFUSALS: ReadonlySet<string> = new Set([
  'unauthorized',
  'forbidden',
  'rate_limited',
  'approval_link_unknown',
  'admin_not_public',
  'csrf_refused',
  'oidc_refused',
  'oidc_no_role',
])
/** Further calls are summed up in one entry, so that refused callers cannot fill the disk. */
const ENTRIES_AT_ONCE = 20
const SECONDS_PER_ENTRY = 60
const MAX_ADDRESSES = 20

/** Whether an error refuses a call because of its caller or its origin. */
export function isRefusal(error: unknown): error is HooklineError {
  return isHooklineError(error) && REFUSALS.has(error.code)
}

/** Records refused admin calls in the audit log. Beyond a rate limit they are only counted, and summed up in one entry. */
export class RefusedCalls {
  readonly #audit: AuditLog
  readonly #logger: PluginLogger
  readonly #strangers: RateLimiter
  readonly #known: RateLimiter
  readonly #addresses = new Set<string>()
  #counted = 0
  #timer: NodeJS.Timeout | null = null

  /** @param stopping When aborted, the counted calls are recorded. */
  constructor(
    audit: AuditLog,
    logger: PluginLogger,
    { clock, stopping }: { readonly clock: () => number; readonly stopping: AbortSignal },
  ) {
    this.#audit = audit
    this.#logger = logger
    const limit = { perSecond: 1 / SECONDS_PER_ENTRY, burst: ENTRIES_AT_ONCE, clock }
    this.#strangers = new RateLimiter(limit)
    this.#known = new RateLimiter(limit)
    stopping.addEventListener('abort', () => this.#recordCounted(), { once: true })
  }

  /** Does not wait: the caller's answer does not depend on the entry. */
  record(context: Context<HttpTypes>, { code, fields }: HooklineError): void {
    const { method, path } = context.req
    const entry = this.#audit.entry(context, {
      action: 'access.refused',
      target: `${method} ${path}`,
      outcome: 'refused',
      detail: { code, ...(isRecord(fields['audit']) ? fields['audit'] : {}) },
    })
    // Calls without a valid token must not hide the calls of a known caller.
    const isStranger = entry.actor === 'unknown'
    const verdict = (isStranger ? this.#strangers : this.#known).take()
    if (verdict.ok) this.#write(entry)
    else this.#count(entry.client ?? 'unknown', verdict.retryAfterSeconds)
  }

  #count(client: string, recordInSeconds: number): void {
    this.#counted += 1
    if (this.#addresses.size < MAX_ADDRESSES) this.#addresses.add(client)
    this.#timer ??= setTimeout(() => this.#recordCounted(), recordInSeconds * 1000).unref()
  }

  #recordCounted(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#counted === 0) return
    const detail = { calls: this.#counted, clients: [...this.#addresses] }
    this.#counted = 0
    this.#addresses.clear()
    this.#strangers.take()
    const facts = {
      action: 'access.refused',
      target: 'more calls',
      outcome: 'refused',
      detail,
    } as const
    this.#write(this.#audit.ownEntry(facts))
  }

  #write(entry: Parameters<AuditLog['record']>[0]): void {
    this.#audit
      .record(entry)
      .catch((error) => this.#logger.warn({ err: error }, 'a refused call could not be recorded'))
  }
}
