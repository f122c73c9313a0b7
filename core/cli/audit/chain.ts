import type { AuditEntry } from '../../contracts/document.ts'
import { auditHash } from '../../sdk/store/audit-hash.ts'

export interface ChainHead {
  readonly sequence: number
  readonly hash: string
}

export interface ChainReport {
  /** Number of unchanged entries, up to the first changed one. */
  readonly entries: number
  /** The last unchanged entry; null if there is none. */
  readonly head: ChainHead | null
  /** The first changed entry; null if there is none. */
  readonly broken: { readonly sequence: number; readonly reason: string } | null
  /** Sequence of the entry with the noted hash; null if no entry has it. */
  readonly notedAt: number | null
}

/**
 * Recomputes the hashes of an audit log from its first entry. Only a hash that was noted elsewhere can show that the
 * newest entries were removed or that the whole log was rewritten.
 */
export async function checkChain(
  pages: AsyncIterable<readonly AuditEntry[]>,
  noted: string | null = null,
): Promise<ChainReport> {
  let head: ChainHead | null = null
  let notedAt: number | null = null
  for await (const page of pages) {
    for (const entry of page) {
      const sequence: number = (head?.sequence ?? 0) + 1
      const reason = faultOf(entry, sequence, head?.hash ?? '')
      if (reason !== null)
        return { entries: sequence - 1, head, broken: { sequence, reason }, notedAt }
      head = { sequence, hash: entry.hash }
      if (entry.hash === noted) notedAt = sequence
    }
  }
  return { entries: head?.sequence ?? 0, head, broken: null, notedAt }
}

function faultOf(entry: AuditEntry, sequence: number, previous: string): string | null {
  if (entry.sequence > sequence) return 'it is missing'
  if (entry.sequence !== sequence) return `an entry ${entry.sequence} stands in its place`
  if (entry.hash === auditHash(previous, sequence, entry)) return null
  return 'it, or what it follows, was changed, put in or exchanged'
}
