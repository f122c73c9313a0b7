import { parseKeepingDigits } from '../kit/exact-json.ts'
import type { Redactor } from './redactor.ts'

/**
 * Redacts a JSON text so that it stays valid JSON. The text is redacted value by value if redacting it as a whole would
 * break it: if a secret is a bare number, or contains quotes.
 */
export function redactJson(text: string, redactor: Pick<Redactor, 'text'>): string {
  const redacted = redactor.text(text)
  if (redacted === text || isJson(redacted)) return redacted
  return JSON.stringify(redactValue(parseKeepingDigits(text), redactor))
}

function redactValue(value: unknown, redactor: Pick<Redactor, 'text'>): unknown {
  if (typeof value === 'string') return redactor.text(value)
  if (Array.isArray(value)) return value.map((item) => redactValue(item, redactor))
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    return Object.fromEntries(
      entries.map(([key, item]) => [redactor.text(key), redactValue(item, redactor)]),
    )
  }
  const text = String(value)
  return redactor.text(text) === text ? value : redactor.text(text)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
