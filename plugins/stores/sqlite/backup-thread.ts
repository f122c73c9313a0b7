import { DatabaseSync } from 'node:sqlite'
import { workerData } from 'node:worker_threads'
import type { BackupTask } from './backup.ts'

// One long statement, so it has a thread of its own; it reads as of one moment, while others write.

const BUSY_TIMEOUT_MS = 5_000

const { path, copy } = workerData as BackupTask
const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
// For the copy of a database from before this was set. Where it is set, even that would be a write.
const { auto_vacuum: mode } = database.prepare('PRAGMA auto_vacuum').get() ?? {}
if (mode === 0) database.exec('PRAGMA auto_vacuum = INCREMENTAL')
database.prepare('VACUUM INTO ?').run(copy)
database.close()
