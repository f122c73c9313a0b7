import { parseKeyPairsIntoRecord } from '@opentelemetry/core'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Share of traces to send, 0 to 1, from `OTEL_TRACES_SAMPLER` and its argument; null if they are unset or unknown. Our
 * traces have no parents, so the `parentbased_` variants mean the same as the others
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/).
 */
export function sampleRatioOf(env: Environment): number | null {
  switch (env['OTEL_TRACES_SAMPLER']) {
    case 'always_on':
    case 'parentbased_always_on':
      return 1
    case 'always_off':
    case 'parentbased_always_off':
      return 0
    case 'traceidratio':
    case 'parentbased_traceidratio':
      return ratio(env['OTEL_TRACES_SAMPLER_ARG'])
    default:
      return null
  }
}

export interface BatchLimits {
  readonly scheduledDelayMillis?: number
  readonly exportTimeoutMillis?: number
  readonly maxQueueSize?: number
  readonly maxExportBatchSize?: number
}

/** Limits of batches from `OTEL_BSP_*`. Invalid numbers are ignored. */
export function batchLimitsOf(env: Environment): BatchLimits {
  const named = {
    scheduledDelayMillis: whole(env['OTEL_BSP_SCHEDULE_DELAY']),
    exportTimeoutMillis: whole(env['OTEL_BSP_EXPORT_TIMEOUT']),
    maxQueueSize: whole(env['OTEL_BSP_MAX_QUEUE_SIZE']),
    maxExportBatchSize: whole(env['OTEL_BSP_MAX_EXPORT_BATCH_SIZE']),
  }
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== null))
}

/** Values of the exporter's headers, mostly tokens: with their scheme (`Bearer `) and without. */
export function exporterSecrets(env: Environment): readonly string[] {
  const given = [env['OTEL_EXPORTER_OTLP_HEADERS'], env['OTEL_EXPORTER_OTLP_TRACES_HEADERS']]
  const values = given.flatMap((text) => Object.values(parseKeyPairsIntoRecord(text ?? '')))
  return [...new Set(values.flatMap((value) => [value, value.replace(/^[A-Za-z]+ +/, '')]))]
}

function ratio(text: string | undefined): number {
  const value = Number(text ?? '')
  return text?.trim() && value >= 0 && value <= 1 ? value : 1
}

function whole(text: string | undefined): number | null {
  return text !== undefined && /^[1-9]\d{0,8}$/.test(text.trim()) ? Number(text) : null
}
