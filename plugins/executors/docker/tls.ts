import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** How a connection by TLS is made, as options of Node.js. Without `ca`, its own authorities count. */
export interface EngineTls {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly rejectUnauthorized: boolean
}

/** The certificates in a folder, in the files that Docker uses. A file that is missing is left out. */
export function readTls(folder: string, rejectUnauthorized: boolean): EngineTls {
  const read = (name: string) => {
    const file = join(folder, name)
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined
  }
  return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem'), rejectUnauthorized }
}
