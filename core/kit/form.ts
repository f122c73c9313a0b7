/** A form (`application/x-www-form-urlencoded`) as an object: a name that is repeated has the list of its values. */
export function formFields(text: string): Readonly<Record<string, string | readonly string[]>> {
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
