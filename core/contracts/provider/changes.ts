import type { KnownChanges, WebhookEvent } from '../event.ts'

/** Asks a provider which files an event changed. */
export interface ChangeLookup {
  /**
   * The files; null: the event names nothing that could be compared, or the provider does not have it any more. Throws
   * `HooklineError`s with a code `provider_…`.
   */
  find(event: WebhookEvent, signal: AbortSignal): Promise<KnownChanges | null>
}
