import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPrivateFile } from '../../kit/private-file.ts'

export interface GeneratedSecret {
  /** The environment variable that it replaces. */
  readonly name: string
  readonly value: string
  readonly file: string
}

const SECRET_BYTES = 32

/** File of the secret that replaces an environment variable. */
export function generatedSecretFile(dataDir: string, name: string): string {
  return join(dataDir, 'secrets', name)
}

/** The secret in a file; null if the file does not exist. */
export function readGeneratedSecret(file: string): string | null {
  if (!existsSync(file)) return null
  const value = readFileSync(file, 'utf8').trim()
  if (value === '') throw new Error(`${file} is empty`)
  return value
}

/**
 * Generates a secret of 32 random bytes and writes it to a file that only its owner can read. If another process was
 * faster, returns the secret of that process, and `isNew` is false.
 */
export function makeGeneratedSecret(file: string): { value: string; isNew: boolean } {
  const value = randomBytes(SECRET_BYTES).toString('base64url')
  if (createPrivateFile(file, `${value}\n`)) return { value, isNew: true }
  const kept = readGeneratedSecret(file)
  if (kept === null) throw new Error(`${file} was deleted while it was read`)
  return { value: kept, isNew: false }
}
