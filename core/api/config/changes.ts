import { isDeepStrictEqual } from 'node:util'
import { pointerText } from '../../config/fault.ts'
import { MASK } from '../../redaction/mask-config.ts'

/** A changed value, masked. `before` or `after` is absent if the value did not, or does not, exist. */
export interface ValueChange {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string
  readonly before?: unknown
  readonly after?: unknown
}

/** What changed, cut to the limits of the audit log. */
export interface ValueChanges {
  readonly changes: readonly ValueChange[]
  /** How many more values changed; absent: none. So no change can be hidden behind others. */
  readonly notShown?: number
}

const MAX_CHANGES = 100
const MAX_TEXT_LENGTH = 200
/** Of all changes as JSON. The audit log takes 16 KiB. */
const MAX_CHANGES_LENGTH = 12 * 1024

interface MaskedPair {
  /** As stored: compared, never shown. */
  readonly raw: unknown
  readonly masked: unknown
}

/** What changed between two forms of a part, for the audit log. A changed secret is named but not shown. */
export function maskedChanges(before: MaskedPair, after: MaskedPair): ValueChanges {
  const [rawBefore, rawAfter] = [leavesOf(before.raw), leavesOf(after.raw)]
  const [shownBefore, shownAfter] = [leavesOf(before.masked), leavesOf(after.masked)]
  const all = [...new Set([...rawBefore.keys(), ...rawAfter.keys()])].filter(
    (pointer) => !isDeepStrictEqual(rawBefore.get(pointer), rawAfter.get(pointer)),
  )
  const changes = withinLength(
    all.slice(0, MAX_CHANGES).map((pointer) => ({
      pointer: shortText(pointer),
      ...(rawBefore.has(pointer) ? { before: short(shownBefore.get(pointer)) } : {}),
      ...(rawAfter.has(pointer) ? { after: short(shownAfter.get(pointer)) } : {}),
    })),
  )
  const notShown = all.length - changes.length
  return notShown === 0 ? { changes } : { changes, notShown }
}

function withinLength(changes: readonly ValueChange[]): readonly ValueChange[] {
  let length = 0
  const end = changes.findIndex((change) => {
    length += JSON.stringify(change).length
    return length > MAX_CHANGES_LENGTH
  })
  return end === -1 ? changes : changes.slice(0, end)
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
  // A value that the masked form does not have is shown as masked.
  if (value === undefined) return MASK
  return typeof value === 'string' ? shortText(value) : value
}

function shortText(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH)}…`
}
