import { z } from 'zod'

/** OpenTelemetry traces. */
export const tracingSchema = z
  .strictObject({
    enabled: z.boolean().default(false).describe('Send traces with OTLP over HTTP.'),
    endpoint: z
      .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
      .refine((url) => !url.includes('@') && !/[?#]/.test(url), {
        error:
          'must hold no credentials, query or fragment: give a token in `OTEL_EXPORTER_OTLP_HEADERS`',
      })
      .nullable()
      .default(null)
      .describe(
        'Base URL of the collector; `/v1/traces` is appended. Default: `OTEL_EXPORTER_OTLP_ENDPOINT`, or `http://localhost:4318`.',
      ),
    serviceName: z
      .string()
      .min(1)
      .max(200)
      .nullable()
      .default(null)
      .describe('Name of the service in traces. Default: `OTEL_SERVICE_NAME`, or `hookline`.'),
    sampleRatio: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .default(null)
      .describe('Fraction of traces to send, 0 to 1. Default: `OTEL_TRACES_SAMPLER`, or all.'),
  })
  .prefault({})
