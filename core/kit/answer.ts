import type { Answer } from '../contracts/delivery.ts'

/** For senders that take nothing but 200 for success. */
export const OK: Answer = { status: 200 }

/** An answer in plain text, so that no browser takes an echoed challenge for a page. */
export function plainText(body: string): Answer {
  return {
    status: 200,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
    },
    body,
  }
}

/** An answer of a value as JSON. */
export function jsonAnswer(value: unknown): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value),
  }
}
