import type { Answer } from '../contracts/delivery.ts'

/** For senders that accept only 200 as success. */
export const OK: Answer = { status: 200 }

/** An answer in plain text. The headers keep browsers from treating an echoed challenge as a page. */
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

/** An answer with a JSON body. */
export function jsonAnswer(value: unknown): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value),
  }
}
