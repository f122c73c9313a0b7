import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PluginContext } from '../contracts/plugin.ts'

/** The newest that are kept. */
const MAX_LEARNED = 100

/** Secrets that a sender itself tells in its first delivery. They outlive a restart. */
export interface LearnedSecrets {
  /** Oldest first. The same list until one is added. */
  all(): readonly string[]
  /** Keeps a secret of one line, on the disk before it returns. One that is known already changes nothing. */
  add(secret: string): void
}

/** The secrets that the senders of one source told, in `{dataDir}/secrets/{name}.learned`, readable by its owner only. */
export function learnedSecrets({
  dataDir,
  name,
}: Pick<PluginContext, 'dataDir' | 'name'>): LearnedSecrets {
  const folder = join(dataDir, 'secrets')
  const file = join(folder, `${encodeURIComponent(name)}.learned`)
  let readAt = Number.NaN
  let known: readonly string[] = []

  // Looked at each time: another process with the same data folder may have been told one.
  function all(): readonly string[] {
    const changedAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (changedAt === readAt) return known
    known = changedAt === 0 ? [] : readFileSync(file, 'utf8').split('\n').filter(Boolean)
    readAt = changedAt
    return known
  }

  function add(secret: string): void {
    if (secret === '' || /[\r\n]/.test(secret)) throw new Error('A secret is one line of text')
    const before = all()
    if (before.includes(secret)) return
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // Written aside and then renamed: at its own name the file is whole at any moment.
    const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
    const text = [...before.slice(1 - MAX_LEARNED), secret].join('\n')
    writeFileSync(draft, `${text}\n`, { flag: 'wx', mode: 0o600, flush: true })
    renameSync(draft, file)
    readAt = Number.NaN
  }

  return { all, add }
}
