import { fsyncSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { WriteBackTask } from './write-back.ts'

/** So little is left to the thread that commits. */
const LEFT_PAGES = 256
/** Passes where others commit about as fast as this thread writes. */
const MAX_PASSES = 4

const { path, descriptor } = workerData as WriteBackTask
const database = new DatabaseSync(path)
// Waits for nobody, and nobody waits for it. Each pass takes what was committed during the one before.
const checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)')

parentPort?.on('message', () => {
  for (let pass = 1; pass <= MAX_PASSES; pass++) {
    const { log, checkpointed } = checkpoint.get() as { log: number; checkpointed: number }
    // SQLite itself does so only once nothing is left.
    fsyncSync(descriptor)
    if (log - checkpointed <= LEFT_PAGES && pass > 1) break
  }
  parentPort?.postMessage(null)
})
