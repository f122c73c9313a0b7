import type { PluginLogger } from '../contracts/plugin.ts'
import type { Tracer } from '../contracts/tracer.ts'
import type { Settings } from '../settings/settings.ts'

export interface TracingOptions {
  readonly settings: Settings['tracing']
  readonly nodeName: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly logger: PluginLogger
}

export interface OpenTracing extends Tracer {
  /** Values that must not appear in a log. */
  readonly secrets: readonly string[]
  /** Sends the remaining spans. Takes at most a few seconds, and never throws. */
  close(): Promise<void>
}
