import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPrivateFile } from '../kit/private-file.ts'

export interface GeneratedSecret {
  /** The environment variable that it stands in for. */
  readonly name: string
  readonly value: string
  readonly file: string
}

const SECRET_BYTES = 32

/** Where the secret that stands in for an environment variable is kept. */
export function generatedSecretFile(dataDir: string, name: string): string {
  return join(dataDir, 'secrets', name)
}

/** The secret kept in a file; null where there is none yet. */
export function readGeneratedSecret(file: string): string | null {
  if (!existsSync(file)) return null
  const value = readFileSync(file, 'utf8').trim()
  if (value === '') throw new Error(`${file} is empty`)
  return value
}

/**
 * Makes a secret of 32 random bytes and keeps it, readable by its owner only. Where another process is faster,
 * the secret is that one's, and `isNew` is false.
 */
export function makeGeneratedSecret(file: string): { value: string; isNew: boolean } {
  const value = randomBytes(SECRET_BYTES).toString('base64url')
  if (createPrivateFile(file, `${value}\n`)) return { value, isNew: true }
  const kept = readGeneratedSecret(file)
  if (kept === null) throw new Error(`${file} was there and is gone again`)
  return { value: kept, isNew: false }
}
