import {
  TRANSFER_KINDS,
  TRANSFER_TABLES,
  type TransferKey,
  type TransferKind,
  type TransferPosition,
  type TransferRow,
} from '../../contracts/transfer.ts'
import { HooklineError } from '../../errors/errors.ts'
import type { StoreRow } from './rows.ts'

/** Rows on a page, and about how many bytes they have together. */
export const TRANSFER_PAGE_ROWS = 1_000
export const TRANSFER_PAGE_BYTES = 8_388_608

/** How far a target has been filled. */
export interface TransferState {
  /** Name of the source it is filled from. */
  readonly source: string
  readonly position: TransferPosition
  readonly finishedAt: number | null
}

/** The state of a target that holds nothing yet. */
export function firstTransferState(source: string): TransferState {
  return { source, position: { kind: TRANSFER_KINDS[0], after: null }, finishedAt: null }
}

/** Reads the row of a target's state. */
export function toTransferState(row: StoreRow): TransferState {
  const after = row['after'] as string | null
  return {
    source: row['source'] as string,
    position: {
      kind: row['kind'] as TransferKind,
      after: after === null ? null : (JSON.parse(after) as TransferKey),
    },
    finishedAt: row['finished_at'] as number | null,
  }
}

/** The position of a target once it holds these rows. */
export function positionAfter(kind: TransferKind, rows: readonly TransferRow[]): TransferPosition {
  const last = rows.at(-1)?.slice(0, TRANSFER_TABLES[kind].keyFields)
  return { kind, after: (last ?? null) as TransferKey | null }
}

/** A query that finds a row if the store holds anything of the kind. */
export function holdsRowsQuery(kind: TransferKind): string {
  // The row with the newest version is there from the start.
  const condition = kind === 'document_versions' ? 'WHERE newest > 0' : ''
  return `SELECT 1 FROM ${kind} ${condition} LIMIT 1`
}

/** What an insert does with a row that is there already: nothing, except for the row that is there from the start. */
export function onTransferConflict(kind: TransferKind): string {
  return kind === 'document_versions'
    ? 'ON CONFLICT (id) DO UPDATE SET newest = excluded.newest'
    : 'ON CONFLICT DO NOTHING'
}

/** Throws `transfer_refused` if the target was begun to be filled from another source. */
export function refuseOtherSource(state: TransferState, source: string, target: string): void {
  if (state.source === source) return
  const message = `${target} was begun to be filled from ${state.source}, not from ${source}`
  throw new HooklineError('transfer_refused', message)
}

/** The error for a target that holds rows which no move has put there. */
export function targetInUse(target: string, kind: TransferKind, remedy: string): HooklineError {
  const message = `${target} is in use: it holds ${kind.replaceAll('_', ' ')}`
  return new HooklineError('transfer_refused', message, { remedy })
}

interface StoreVersion {
  readonly version: number
  /** The newest version that this program knows. */
  readonly known: number
}

/** Throws if the store has another version than this program. */
export function checkTransferVersion(
  store: string,
  { version, known }: StoreVersion,
  remedy: string,
): void {
  if (version > known) {
    const message = `${store} has version ${version}; this program knows versions up to ${known}`
    throw new HooklineError('store_too_new', message)
  }
  if (version < known) {
    const message = `${store} has version ${version}, and a move does not change it to ${known}`
    throw new HooklineError('transfer_refused', message, { remedy })
  }
}
