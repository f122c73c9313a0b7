import { packageFaults } from '../sdk/messages/optional-package.ts'
import type { OpenTracing, TracingOptions } from './tracing.ts'

const PACKAGES = ['core', 'exporter-trace-otlp-http', 'resources', 'sdk-trace'].map(
  (name) => `@opentelemetry/${name}`,
)

/** What keeps these settings from being followed: a sentence if a package is missing. */
export function tracingFaults(options: Pick<TracingOptions, 'settings' | 'env'>) {
  return isOn(options) ? packageFaults(PACKAGES) : []
}

/** Starts tracing; null if it is off. Then no part of OpenTelemetry is loaded. */
export async function openTracing(options: TracingOptions): Promise<OpenTracing | null> {
  if (!isOn(options)) return null
  const { startTracing } = await import('./start-tracing.ts')
  return startTracing(options)
}

function isOn({ settings, env }: Pick<TracingOptions, 'settings' | 'env'>): boolean {
  return settings.enabled && env['OTEL_SDK_DISABLED']?.trim().toLowerCase() !== 'true'
}
