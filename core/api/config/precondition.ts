import type { Context } from 'hono'
import { HooklineError } from '../../errors/errors.ts'

/** What must exist for a change to be made: no part, any version of it, or one of some versions. */
export type Precondition =
  | { readonly kind: 'absent'; readonly otherwise: 'config_exists' | 'config_changed' }
  | { readonly kind: 'present' }
  | { readonly kind: 'versions'; readonly versions: readonly number[] }

const ENTITY_TAG = /^"(\d{1,15})"$/
const MAX_TAGS = 20

/** The entity tag of a version (RFC 9110, section 8.8.3). */
export function entityTag(version: number): string {
  return `"${version}"`
}

/** Reads `If-Match` or `If-None-Match: *` (RFC 9110, section 13.1). Throws `precondition_missing` or `request_invalid`. */
export function readPrecondition(context: Context): Precondition {
  const match = context.req.header('if-match')?.trim()
  const noneMatch = context.req.header('if-none-match')?.trim()
  if (match !== undefined && noneMatch !== undefined) {
    throw new HooklineError('request_invalid', 'Send If-Match or If-None-Match, not both')
  }
  if (noneMatch !== undefined) {
    if (noneMatch === '*') return { kind: 'absent', otherwise: 'config_changed' }
    throw new HooklineError('request_invalid', 'If-None-Match can only be `*` here')
  }
  if (match === undefined) {
    throw new HooklineError('precondition_missing', 'There is no If-Match or If-None-Match')
  }
  if (match === '*') return { kind: 'present' }
  const tags = match.split(',', MAX_TAGS).map((tag) => ENTITY_TAG.exec(tag.trim())?.[1])
  // A tag in another form matches no version, and is no error.
  return { kind: 'versions', versions: tags.map((tag) => Number(tag ?? -1)) }
}

/** Whether a part's version meets the precondition; null: there is no such part. */
export function isMet(precondition: Precondition, version: number | null): boolean {
  if (precondition.kind === 'absent') return version === null
  if (version === null) return false
  return precondition.kind === 'present' || precondition.versions.includes(version)
}
