import { ERRORS, type ErrorCode } from '../../errors/errors.ts'
import type { Operation } from './operation.ts'

const GUARD: readonly ErrorCode[] = [
  'unauthorized',
  'forbidden',
  'admin_not_public',
  'rate_limited',
]
const BODY: readonly ErrorCode[] = [
  'request_invalid',
  'content_type_unsupported',
  'delivery_too_large',
  'delivery_timeout',
]
/** Methods that need a CSRF token in a session. */
const CHANGING = new Set(['post', 'put', 'delete'])

/** All error codes of an operation, by status. */
export function problemsByStatus(operation: Operation): ReadonlyMap<number, readonly ErrorCode[]> {
  const { role, query, headers, body, problems = [], method, path } = operation
  const isApi = path.startsWith('/api/')
  const codes = new Set<ErrorCode>([
    ...problems,
    ...(role === null ? [] : GUARD),
    ...(role !== null && CHANGING.has(method) ? (['csrf_refused'] as const) : []),
    ...(query === undefined && headers === undefined ? [] : (['request_invalid'] as const)),
    ...(body === undefined ? [] : BODY),
    ...(isApi ? (['store_unavailable', 'store_damaged', 'internal'] as const) : []),
  ])
  return Map.groupBy([...codes].toSorted(), statusOf)
}

function statusOf(code: ErrorCode): number {
  const entry = ERRORS[code]
  return 'status' in entry ? entry.status : 500
}
