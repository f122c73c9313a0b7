import type { SqliteDatabase } from '../database/database.ts'

/** Up to this part of the file, free pages stay for new rows. */
const FREE_SHARE = 1 / 8
/** A file of at most this many pages (8 MiB) is left as it is. */
const SMALL_PAGES = 1_024
/** Each page that is given back may have to be moved first. */
const PAGES_PER_CALL = 64

/**
 * Gives a little of the free space back to the file system. Returns whether there is more to give. A file from before
 * `auto_vacuum` was set keeps its size, and its free space is used again.
 */
export function prepareShrink(database: SqliteDatabase): () => boolean {
  const pages = (pragma: string): number =>
    Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0])
  if (pages('auto_vacuum') === 0) return () => false
  const surplus = (): number => {
    const all = pages('page_count')
    return all <= SMALL_PAGES ? 0 : pages('freelist_count') - Math.ceil(all * FREE_SHARE)
  }
  return () => {
    if (surplus() <= 0) return false
    database.connection.exec(`PRAGMA incremental_vacuum(${PAGES_PER_CALL})`)
    return surplus() > 0
  }
}
