import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { PluginContext } from '../contracts/plugin.ts'
import { replacePrivateFile } from './private-file.ts'

const FOLDER = 'secrets'
const ENDING = '.learned'
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
  const file = join(dataDir, FOLDER, encodeURIComponent(name) + ENDING)
  let readAt = Number.NaN
  let known: readonly string[] = []

  // Looked at each time: another process with the same data folder may have been told one.
  function all(): readonly string[] {
    const changedAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (changedAt === readAt) return known
    known = changedAt === 0 ? [] : readLines(file)
    readAt = changedAt
    return known
  }

  function add(secret: string): void {
    if (secret === '' || /[\r\n]/.test(secret)) throw new Error('A secret is one line of text')
    const before = all()
    if (before.includes(secret)) return
    const text = [...before.slice(1 - MAX_LEARNED), secret].join('\n')
    replacePrivateFile(file, `${text}\n`)
    readAt = Number.NaN
  }

  return { all, add }
}

/** The secrets that the senders of all sources told, for redaction. */
export function allLearnedSecrets(dataDir: string): readonly string[] {
  const folder = join(dataDir, FOLDER)
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter((name) => name.endsWith(ENDING))
  return files.flatMap((name) => readLines(join(folder, name)))
}

function readLines(file: string): readonly string[] {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean)
}
