import { z } from 'zod'

/** A whole number of a query. */
export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER) {
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`
  const message = `must be a whole number ${range}`
  return z.coerce.number(message).int(message).min(min, message).max(max, message)
}
