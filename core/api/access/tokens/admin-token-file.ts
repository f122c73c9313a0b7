import { join } from 'node:path'

/** Path of the admin token's file. */
export function adminTokenFile(dataDir: string): string {
  return join(dataDir, 'admin-token')
}
