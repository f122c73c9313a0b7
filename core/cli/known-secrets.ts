import { readFileSync } from 'node:fs'
import { adminTokenFile } from '../api/access/tokens/admin-token-file.ts'
import type { RunningConfig } from '../contracts/config.ts'
import { allLearnedSecrets } from '../redaction/learned-secrets.ts'
import { KeyRing } from '../sealing/key-ring.ts'

/** The secrets that the service redacts, except those of managed config, which are sealed in the store. */
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
    // There is none yet, or it belongs to another user.
    return []
  }
}
