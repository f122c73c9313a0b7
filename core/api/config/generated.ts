import { randomBytes } from 'node:crypto'
import { pointerText } from '../../config/fault.ts'

const SECRET_BYTES = 32

/** A form in which secrets were generated. */
export interface WithGenerated {
  readonly form: Readonly<Record<string, unknown>>
  /** The secrets by their JSON pointers into the form. */
  readonly generated: Readonly<Record<string, string>>
}

/** Puts a random secret in place of each `{ "generate": true }` in the options of a form. */
export function generateSecrets(form: Readonly<Record<string, unknown>>): WithGenerated {
  const generated: Record<string, string> = {}
  const fill = (value: unknown, path: readonly PropertyKey[]): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if (isRequest(value)) {
      const secret = randomBytes(SECRET_BYTES).toString('base64url')
      generated[pointerText(path)] = secret
      return secret
    }
    if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index]))
    const entries = Object.entries(value).map(([key, item]) => [key, fill(item, [...path, key])])
    return Object.fromEntries(entries)
  }
  if (!('options' in form)) return { form, generated }
  return { form: { ...form, options: fill(form['options'], ['options']) }, generated }
}

function isRequest(value: object): boolean {
  return 'generate' in value && value.generate === true && Object.keys(value).length === 1
}
