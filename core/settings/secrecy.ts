import { z } from 'zod'
import { errorMessageOf } from '../kit/thrown.ts'
import { compileRedactPattern, MAX_MATCH_LENGTH } from '../redaction/patterns.ts'

const MAX_PATTERNS = 100
const MAX_PATTERN_LENGTH = 1000

const redactPattern = z.string().min(1).max(MAX_PATTERN_LENGTH).check(checkPattern)

export const encryptPayloadsSchema = z
  .boolean()
  .default(false)
  .describe(
    'Encrypt deliveries (bodies and headers), events (facts and payloads) and tasks (reasons, results and output) in the store.',
  )

export const redactSchema = z
  .array(redactPattern)
  .max(MAX_PATTERNS)
  .default([])
  .describe(
    `RE2 patterns to redact in logs, output, reasons and results, in addition to secrets. A match lies within a line and has at most ${MAX_MATCH_LENGTH} characters.`,
  )

function checkPattern(context: z.core.ParsePayload<string>): void {
  try {
    compileRedactPattern(context.value)
  } catch (error) {
    const reason = errorMessageOf(error)
    context.issues.push({
      code: 'custom',
      input: context.value,
      message: `is no usable RE2 pattern: ${reason}`,
    })
  }
}
