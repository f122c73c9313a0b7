import type { Context } from 'hono'
import type { PluginLogger } from '../../contracts/plugin.ts'
import { type HooklineError, isHooklineError } from '../../kit/errors.ts'
import { RateLimit } from '../../receive/rate-limit.ts'
import type { AuditLog } from '../audit-log.ts'
import type { HttpTypes } from '../http-types.ts'

const REFUSALS: ReadonlySet<string> = new Set([
  ...['unauthorized', 'forbidden', 'rate_limited', 'admin_not_public', 'csrf_refused'],
])
/** More are summed up: whoever is refused must not be able to fill the disk. */
const ENTRIES_AT_ONCE = 20
const SECONDS_PER_ENTRY = 60
const MAX_ADDRESSES = 20

/** Whether an error refuses a call for who makes it or how it comes. */
export function isRefusal(error: unknown): error is HooklineError {
  return isHooklineError(error) && REFUSALS.has(error.code)
}

/** Writes refused admin calls into the audit log, at most so many; what is more is counted in one entry. */
export class RefusedCalls {
  readonly #audit: AuditLog
  readonly #logger: PluginLogger
  readonly #strangers: RateLimit
  readonly #known: RateLimit
  readonly #addresses = new Set<string>()
  #untold = 0
  #timer: NodeJS.Timeout | null = null

  /** @param stopping When aborted, what was counted is written, and nothing after. */
  constructor(
    audit: AuditLog,
    logger: PluginLogger,
    { clock, stopping }: { readonly clock: () => number; readonly stopping: AbortSignal },
  ) {
    this.#audit = audit
    this.#logger = logger
    const limit = { perSecond: 1 / SECONDS_PER_ENTRY, burst: ENTRIES_AT_ONCE, clock }
    this.#strangers = new RateLimit(limit)
    this.#known = new RateLimit(limit)
    stopping.addEventListener('abort', () => this.#tellCounted(), { once: true })
  }

  /** Does not wait: the answer is the same whether it can be written or not. */
  note(context: Context<HttpTypes>, { code }: HooklineError): void {
    const { method, path } = context.req
    const entry = this.#audit.entry(context, {
      action: 'access.refused',
      target: `${method} ${path}`,
      outcome: 'refused',
      detail: { code },
    })
    // What strangers try must not hide what a known caller tries.
    const isStranger = entry.actor === 'unknown'
    const verdict = (isStranger ? this.#strangers : this.#known).take()
    if (verdict.ok) this.#write(entry)
    else this.#count(entry.client ?? 'unknown', verdict.retryAfterSeconds)
  }

  #count(client: string, tellInSeconds: number): void {
    this.#untold += 1
    if (this.#addresses.size < MAX_ADDRESSES) this.#addresses.add(client)
    this.#timer ??= setTimeout(() => this.#tellCounted(), tellInSeconds * 1000).unref()
  }

  #tellCounted(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#untold === 0) return
    const detail = { calls: this.#untold, clients: [...this.#addresses] }
    this.#untold = 0
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
      .catch((error) =>
        this.#logger.warn({ err: error }, 'a refused call could not be written down'),
      )
  }
}
