import { DatabaseSync } from 'node:sqlite'
import { workerData } from 'node:worker_threads'
import type { BackupTask } from './backup.ts'

// It is one long statement, so it has a thread of its own. It reads the state of one moment while others write.

const BUSY_TIMEOUT_MS = 5_000

const { path, copy } = workerData as BackupTask
const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
// For a database from before this was set. If it is set already, setting it again would be a write.
const { auto_vacuum: mode } = database.prepare('PRAGMA auto_vacuum').get() ?? {}
if (mode === 0) database.exec('PRAGMA auto_vacuum = INCREMENTAL')
database.prepare('VACUUM INTO ?').run(copy)
database.close()
