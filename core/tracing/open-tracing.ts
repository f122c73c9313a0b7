import type { OpenTracing, TracingOptions } from './tracing.ts'

/** Starts tracing; null if it is off. Then no part of OpenTelemetry is loaded. */
export async function openTracing(options: TracingOptions): Promise<OpenTracing | null> {
  const isDisabled = options.env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true'
  if (!options.settings.enabled || isDisabled) return null
  const { startTracing } = await import('./start-tracing.ts')
  return startTracing(options)
}
