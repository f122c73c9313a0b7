import { HooklineError } from './errors.ts'

/** Most fields of a form that are read. */
export const MAX_FORM_FIELDS = 10_000

/** Whether a form has so many fields that they serve only to exhaust a reader. */
export function hasTooManyFields(text: string): boolean {
  let fields = 1
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) {
    fields++
    if (fields > MAX_FORM_FIELDS) return true
  }
  return false
}

/**
 * A form (`application/x-www-form-urlencoded`) as an object: a name that is repeated has the list of its values. Throws
 * `delivery_unparsable` where it has more than `MAX_FORM_FIELDS`.
 */
export function formFields(text: string): Readonly<Record<string, string | readonly string[]>> {
  if (hasTooManyFields(text)) {
    throw new HooklineError(
      'delivery_unparsable',
      `The form has more than ${MAX_FORM_FIELDS} fields.`,
    )
  }
  const values = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(text)) {
    const list = values.get(name)
    if (list) list.push(value)
    else values.set(name, [value])
  }
  // `fromEntries` defines each key, so that `__proto__` is a field like any other.
  return Object.fromEntries(
    [...values].map(([name, list]) => [name, list.length === 1 ? (list[0] ?? '') : list]),
  )
}
