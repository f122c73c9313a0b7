import { ERRORS, type ErrorCode } from '../../kit/errors.ts'
import type { Operation } from './operation.ts'

const GATE: readonly ErrorCode[] = ['unauthorized', 'forbidden', 'admin_not_public', 'rate_limited']
const BODY: readonly ErrorCode[] = [
  ...(['request_invalid', 'content_type_unsupported'] as const),
  ...(['delivery_too_large', 'delivery_timeout'] as const),
]
/** Calls of this kind change something, and a browser proves that its own page asked. */
const CHANGING = new Set(['post', 'put', 'delete'])

/** Every code that a call may be refused with, by status. */
export function problemsByStatus(operation: Operation): ReadonlyMap<number, readonly ErrorCode[]> {
  const { role, query, headers, body, problems = [], method, path } = operation
  const isApi = path.startsWith('/api/')
  const codes = new Set<ErrorCode>([
    ...problems,
    ...(role === null ? [] : GATE),
    ...(role !== null && CHANGING.has(method) ? (['csrf_refused'] as const) : []),
    ...(query === undefined && headers === undefined ? [] : (['request_invalid'] as const)),
    ...(body === undefined ? [] : BODY),
    ...(isApi ? (['store_unavailable', 'internal'] as const) : []),
  ])
  return Map.groupBy([...codes].toSorted(), statusOf)
}

function statusOf(code: ErrorCode): number {
  const entry = ERRORS[code]
  return 'status' in entry ? entry.status : 500
}
