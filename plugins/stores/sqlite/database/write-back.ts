import { closeSync, openSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { SqliteDatabase } from './database.ts'

const THREAD = new URL(
  import.meta.url.endsWith('.ts') ? './write-back-thread.ts' : './write-back-thread.js',
  import.meta.url,
)
/** Written back once the WAL has about so many pages: 32 MiB. */
const PAGES = 4_096
/** About the pages that a commit writes besides new ones: one of each table and index, and more the more rows it changes. */
const PAGES_PER_COMMIT = 12
const ROWS_PER_PAGE = 4
/** The thread ends after so long without use. */
const IDLE_MS = 30_000

const CHANGED = 'SELECT total_changes() AS rows'
const ALL_PAGES = 'PRAGMA page_count'
const FREE_PAGES = 'PRAGMA freelist_count'
const CHECKPOINT = 'PRAGMA wal_checkpoint(PASSIVE)'

/** Input of the thread. */
export interface WriteBackTask {
  /** Absolute. */
  readonly path: string
  /** The database file, open for writing. */
  readonly descriptor: number
}

/** Writes the WAL back to the database file, in a thread of its own, so that no commit waits for it. */
export interface WriteBack {
  /** Called after each commit. */
  committed(): void
  /** Ends the thread, then closes the database. */
  close(): Promise<void>
}

/** What the thread cannot do is left to SQLite, which writes back at a commit once the WAL is four times as long. */
export function createWriteBack(
  database: SqliteDatabase,
  path: string,
  pagesBetween = PAGES,
): WriteBack {
  const changed = database.prepare(CHANGED)
  const allPages = database.prepare(ALL_PAGES)
  const freePages = database.prepare(FREE_PAGES)
  const checkpoint = database.prepare(CHECKPOINT)
  const usedPages = (): number =>
    Number(allPages.get()?.['page_count']) - Number(freePages.get()?.['freelist_count'])
  let rows = 0
  let used = usedPages()
  let pages = 0
  let thread: Worker | null = null
  let isWriting = false
  let idle: NodeJS.Timeout | undefined
  // Opened once: closing a file releases all locks that the process has on it (POSIX).
  let descriptor: number | null = null

  // With what little is left, the WAL is written back whole: the next commit begins it anew.
  const finish = (): void => {
    isWriting = false
    pages = 0
    try {
      checkpoint.get()
    } catch {
      // The disk is full or broken, which the next commit says.
    }
    idle = setTimeout(() => void end(), IDLE_MS).unref()
  }
  const forget = (): void => {
    thread = null
    isWriting = false
    pages = 0
  }
  const start = (): Worker => {
    descriptor ??= openSync(path, 'r+')
    const task: WriteBackTask = { path, descriptor }
    const started = new Worker(THREAD, { name: 'hookline-wal', workerData: task })
    started.on('message', finish)
    // As above.
    started.on('error', () => {})
    started.on('exit', () => {
      if (thread === started) forget()
    })
    return started
  }
  const count = (): void => {
    const before = { rows, used }
    rows = Number(changed.get()?.['rows'])
    if (rows === before.rows) return
    used = usedPages()
    pages += PAGES_PER_COMMIT + (rows - before.rows) / ROWS_PER_PAGE
    pages += Math.max(0, used - before.used)
  }
  const write = (): void => {
    clearTimeout(idle)
    isWriting = true
    try {
      thread ??= start()
      thread.postMessage(null)
    } catch {
      // The system has no room for a thread now.
      forget()
    }
  }
  const end = async (): Promise<void> => {
    clearTimeout(idle)
    const ending = thread
    thread = null
    await ending?.terminate()
  }

  return {
    committed() {
      try {
        count()
      } catch {
        // As above.
        return
      }
      if (pages >= pagesBetween && !isWriting) write()
    },
    async close() {
      await end()
      database.close()
      if (descriptor !== null) closeSync(descriptor)
    },
  }
}
