import type { AuditEntry } from '../contracts/document.ts'
import { auditHash } from './audit-hash.ts'

export interface ChainHead {
  readonly sequence: number
  readonly hash: string
}

export interface ChainReport {
  /** How many entries were found to be as they were written. */
  readonly entries: number
  /** The last of them; null where there is none. */
  readonly head: ChainHead | null
  /** The first that is not; null where all are. */
  readonly broken: { readonly sequence: number; readonly reason: string } | null
  /** Sequence of the entry whose hash was noted; null where it is not in the chain, or none was noted. */
  readonly notedAt: number | null
}

/**
 * Recomputes the chain of an audit log, from its first entry. That the newest entries were cut off, or that all was
 * written anew, shows only by a hash that was noted elsewhere.
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
