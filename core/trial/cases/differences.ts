import { isDeepStrictEqual } from 'node:util'
import { isRecord } from '../../kit/is-record.ts'

/**
 * What differs, as lines: `events[0].facts.branch: main is expected, and it is dev`. Of an object, only the keys that are
 * expected count; a list must have as many items.
 */
export function differences(expected: unknown, actual: unknown, path = ''): readonly string[] {
  if (isRecord(expected) && isRecord(actual)) {
    return Object.entries(expected).flatMap(([key, value]) =>
      value === undefined
        ? []
        : differences(value, actual[key], path === '' ? key : `${path}.${key}`),
    )
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) {
      return [`${path}: ${expected.length} are expected, and there are ${actual.length}`]
    }
    return expected.flatMap((item, index) => differences(item, actual[index], `${path}[${index}]`))
  }
  if (isDeepStrictEqual(expected, actual)) return []
  return [`${path}: ${shown(expected)} is expected, and it is ${shown(actual)}`]
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing'
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
