import {
  TRANSFER_KINDS,
  type TransferKind,
  type TransferSource,
  type TransferTarget,
} from '../contracts/transfer.ts'
import { digestOf, type KindDigest, lastKey, sizeOf } from './digest.ts'

/** What was written since the move was started or resumed. */
export interface Moved {
  readonly rows: number
  readonly bytes: number
  readonly seconds: number
}

/** Comparison of one kind in both stores. */
export interface Compared {
  readonly kind: TransferKind
  readonly source: KindDigest
  readonly target: KindDigest
  readonly isEqual: boolean
}

export interface MoveReport {
  readonly moved: Moved
  /** When the target was finished by an earlier run (ms since the epoch): it was only compared. Null: it was not. */
  readonly finishedBefore: number | null
  readonly kinds: readonly Compared[]
  /** Whether all kinds are equal. Only then may nodes open the target. */
  readonly isEqual: boolean
}

export interface MoveOptions {
  readonly source: TransferSource
  readonly target: TransferTarget
  /** Called after each page that was written and each kind that was compared. */
  readonly onProgress: (progress: MoveProgress) => void
}

export type MoveProgress =
  | { readonly step: 'moved'; readonly kind: TransferKind; readonly rows: number }
  | { readonly step: 'compared'; readonly kind: TransferKind }

/**
 * Fills the target, resuming where an earlier run stopped. Then compares both stores completely, and finishes the
 * target if they are equal. The process may be killed at any moment and run again.
 */
export async function moveStore(options: MoveOptions): Promise<MoveReport> {
  const { target } = options
  const finishedBefore = target.finishedAt
  const moved = finishedBefore === null ? await fill(options) : NOTHING
  const kinds: Compared[] = []
  for (const kind of TRANSFER_KINDS) {
    kinds.push(await compare(options, kind))
    options.onProgress({ step: 'compared', kind })
  }
  const isEqual = kinds.every((kind) => kind.isEqual)
  if (isEqual && finishedBefore === null) await target.finish()
  return { moved, finishedBefore, kinds, isEqual }
}

const NOTHING: Moved = { rows: 0, bytes: 0, seconds: 0 }

async function fill({ source, target, onProgress }: MoveOptions): Promise<Moved> {
  const startedAt = performance.now()
  const { position } = target
  let rows = 0
  let bytes = 0
  for (const kind of TRANSFER_KINDS.slice(TRANSFER_KINDS.indexOf(position.kind))) {
    const after = kind === position.kind ? position.after : null
    let page = await source.read(kind, after)
    while (page.length > 0) {
      // Start writing first: a source may read in this thread while the target waits for an answer.
      const writing = target.write(kind, page)
      const [next] = await Promise.all([source.read(kind, lastKey(kind, page)), writing])
      rows += page.length
      bytes += page.reduce((sum, row) => sum + sizeOf(row), 0)
      onProgress({ step: 'moved', kind, rows: page.length })
      page = next
    }
  }
  return { rows, bytes, seconds: (performance.now() - startedAt) / 1000 }
}

async function compare({ source, target }: MoveOptions, kind: TransferKind): Promise<Compared> {
  const [sourceDigest, targetDigest] = await Promise.all([
    digestOf(source, kind),
    digestOf(target, kind),
  ])
  const isEqual = sourceDigest.rows === targetDigest.rows && sourceDigest.hash === targetDigest.hash
  return { kind, source: sourceDigest, target: targetDigest, isEqual }
}
