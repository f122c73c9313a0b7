import { z } from 'zod'
import { compileRedactPattern, MAX_MATCH_LENGTH } from '../kit/redact-patterns.ts'

const MAX_PATTERNS = 100
const MAX_PATTERN_LENGTH = 1000

const redactPattern = z.string().min(1).max(MAX_PATTERN_LENGTH).check(checkPattern)

export const encryptPayloadsSchema = z
  .boolean()
  .default(false)
  .describe(
    'Whether bodies and headers of deliveries, facts and payloads of events, reasons, results and output of tasks are encrypted in the store.',
  )

export const redactSchema = z
  .array(redactPattern)
  .max(MAX_PATTERNS)
  .default([])
  .describe(
    `Patterns (RE2) of what is redacted in logs, output, reasons and results, beside the secrets: within a line, at most ${MAX_MATCH_LENGTH} characters each.`,
  )

function checkPattern(context: z.core.ParsePayload<string>): void {
  try {
    compileRedactPattern(context.value)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    context.issues.push({
      code: 'custom',
      input: context.value,
      message: `is no usable RE2 pattern: ${reason}`,
    })
  }
}
