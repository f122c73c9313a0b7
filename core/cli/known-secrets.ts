import { readFileSync } from 'node:fs'
import { adminTokenFile } from '../api/admin-token.ts'
import type { RunningConfig } from '../contracts/config.ts'
import { allLearnedSecrets } from '../kit/learned-secrets.ts'
import { KeyRing } from '../kit/sealing/key-ring.ts'

/** The secrets that the service of a config redacts, less those of managed config: the store has them sealed. */
export function knownSecrets({ secrets, settings }: RunningConfig): readonly string[] {
  const { dataDir } = settings
  const keys: string[] = []
  new KeyRing({ env: process.env, dataDir, onKeys: (texts) => keys.push(...texts) })
  return [...secrets, ...allLearnedSecrets(dataDir), ...adminTokens(dataDir), ...keys]
}

function adminTokens(dataDir: string): readonly string[] {
  const given = process.env['HOOKLINE_ADMIN_TOKEN']
  if (given) return [given]
  try {
    return [readFileSync(adminTokenFile(dataDir), 'utf8').trim()]
  } catch {
    // None was made yet, or it belongs to another user.
    return []
  }
}
