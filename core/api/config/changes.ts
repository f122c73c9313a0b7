import { isDeepStrictEqual } from 'node:util'
import { pointerText } from '../../config/fault.ts'
import { MASK } from '../../kit/mask.ts'

/** One value that a change made another, masked; undefined: it was, or is, not there. */
export interface ValueChange {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string
  readonly before?: unknown
  readonly after?: unknown
}

const MAX_CHANGES = 100
const MAX_TEXT_LENGTH = 200

interface Form {
  /** As it is kept: compared, never shown. */
  readonly raw: unknown
  readonly masked: unknown
}

/** What changed between two forms of a part, for the audit log: a changed secret is named, and not shown. */
export function maskedChanges(before: Form, after: Form): readonly ValueChange[] {
  const [rawBefore, rawAfter] = [leavesOf(before.raw), leavesOf(after.raw)]
  const [shownBefore, shownAfter] = [leavesOf(before.masked), leavesOf(after.masked)]
  const pointers = new Set([...rawBefore.keys(), ...rawAfter.keys()])
  return [...pointers]
    .filter((pointer) => !isDeepStrictEqual(rawBefore.get(pointer), rawAfter.get(pointer)))
    .slice(0, MAX_CHANGES)
    .map((pointer) => ({
      pointer,
      ...(rawBefore.has(pointer) ? { before: short(shownBefore.get(pointer)) } : {}),
      ...(rawAfter.has(pointer) ? { after: short(shownAfter.get(pointer)) } : {}),
    }))
}

function leavesOf(value: unknown): ReadonlyMap<string, unknown> {
  const leaves = new Map<string, unknown>()
  const visit = (part: unknown, path: readonly PropertyKey[]): void => {
    const isParent = typeof part === 'object' && part !== null && Object.keys(part).length > 0
    if (!isParent || isDeepStrictEqual(part, MASK)) {
      if (part !== undefined) leaves.set(pointerText(path), part)
      return
    }
    for (const [key, child] of Object.entries(part)) visit(child, [...path, key])
  }
  visit(value, [])
  return leaves
}

function short(value: unknown): unknown {
  // What is not found masked is shown as masked.
  if (value === undefined) return MASK
  if (typeof value !== 'string' || value.length <= MAX_TEXT_LENGTH) return value
  return `${value.slice(0, MAX_TEXT_LENGTH)}…`
}
