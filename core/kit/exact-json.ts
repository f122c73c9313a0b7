// Not in TypeScript's own declarations yet: https://tc39.es/proposal-json-parse-with-source/
declare global {
  interface JSON {
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown
    rawJSON(text: string): object
    isRawJSON(value: unknown): boolean
  }
}

/**
 * Parses JSON so that `JSON.stringify` gives back every number as it was written: one that a double cannot hold, such
 * as a large id, becomes an object for which `JSON.isRawJSON` is true.
 */
export function parseExact(text: string): unknown {
  return JSON.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source
      ? JSON.rawJSON(source)
      : value,
  )
}
