import { z } from 'zod'

const MARK = 'hooklineSecret'

/** An option that holds a secret: at least one character. It is masked in answers and redacted in logs. */
export function secret() {
  return z
    .string()
    .min(1, 'must not be empty')
    .meta({ [MARK]: true })
}

/** One secret or several at once, so that they can be rotated; always read as a list. */
export function secrets() {
  return z
    .union([secret(), z.array(secret()).min(1)])
    .transform((value): readonly string[] => (typeof value === 'string' ? [value] : value))
}

/** Whether a schema was made by `secret()`. */
export function isSecretSchema(schema: z.ZodType): boolean {
  return schema.meta()?.[MARK] === true
}
