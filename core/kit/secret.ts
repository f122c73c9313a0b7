import { z } from 'zod'
import { HooklineError } from '../errors/errors.ts'

const MARK = 'hooklineSecret'

/** Schema of an option that holds a secret, of at least one character. It is masked in answers and redacted in logs. */
export function secret() {
  return z
    .string()
    .min(1, 'must not be empty')
    .meta({ [MARK]: true })
}

/** Schema of one secret or several, so that they can be rotated. The output is always a list. */
export function secrets() {
  return z
    .union([secret(), z.array(secret()).min(1)])
    .transform((value): readonly string[] => (typeof value === 'string' ? [value] : value))
}

/** The secrets of a plugin as they are. Throws `plugin_broken` for anything but a list of texts, such as one text. */
export function checkedSecrets(given: readonly string[], option?: string): readonly string[] {
  const list: unknown = given
  if (Array.isArray(list) && list.every((text) => typeof text === 'string')) return given
  const what = option === undefined ? 'an option with secrets' : `the option \`${option}\``
  throw new HooklineError('plugin_broken', `${what} holds no list: declare it by \`secrets()\``)
}

/** Whether a schema was made by `secret()`. */
export function isSecretSchema(schema: z.ZodType): boolean {
  return schema.meta()?.[MARK] === true
}
