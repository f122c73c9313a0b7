import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { replacePrivateFile } from '../kit/private-file.ts'

const FOLDER = 'secrets'
const ENDING = '.learned'
/** Older secrets are dropped. */
const MAX_LEARNED = 100

/** Secrets that a sender gives in its first delivery. They are kept across restarts. */
export interface LearnedSecrets {
  /** Oldest first. Returns the same list until a secret is added. */
  all(): readonly string[]
  /** Adds a secret, which must be one line. It is on the disk before this returns. A known secret changes nothing. */
  add(secret: string): void
}

/** Secrets that the senders of one source gave, in `{dataDir}/secrets/{name}.learned`. Only its owner can read it. */
export function learnedSecrets({
  dataDir,
  name,
}: {
  readonly dataDir: string
  readonly name: string
}): LearnedSecrets {
  const file = join(dataDir, FOLDER, encodeURIComponent(name) + ENDING)
  let readAt = Number.NaN
  let known: readonly string[] = []

  // Checked at each call: another process with the same data folder may have added one.
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

/** Secrets that the senders of all sources gave, for redaction. */
export function allLearnedSecrets(dataDir: string): readonly string[] {
  const folder = join(dataDir, FOLDER)
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter((name) => name.endsWith(ENDING))
  return files.flatMap((name) => readLines(join(folder, name)))
}

function readLines(file: string): readonly string[] {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean)
}
