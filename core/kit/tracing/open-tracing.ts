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

/** Null where tracing is off: then nothing of OpenTelemetry is loaded. */
export async function openTracing(options: TracingOptions): Promise<OpenTracing | null> {
  const isDisabled = options.env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true'
  if (!options.settings.enabled || isDisabled) return null
  const { startTracing } = await import('./start-tracing.ts')
  return startTracing(options)
}
