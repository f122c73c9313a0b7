import type { PluginLogger } from '../../contracts/plugin.ts'
import type { Tracer, TracingSettings } from '../../contracts/tracer.ts'

export interface TracingOptions {
  readonly settings: TracingSettings
  readonly nodeName: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly logger: PluginLogger
}

export interface OpenTracing extends Tracer {
  /** What must not stand in a log. */
  readonly secrets: readonly string[]
  /** Sends what is left, within a few seconds. Never throws. */
  close(): Promise<void>
}
