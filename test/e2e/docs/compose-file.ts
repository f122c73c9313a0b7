import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** How long a stop may take: `node.stopSeconds` by default, and a minute. */
export const MAX_STOP_SECONDS = 90

export interface ComposeService {
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: readonly string[]
  readonly [key: string]: unknown
}

/** The compose file of the docs. */
export function readCompose(): { readonly services: Readonly<Record<string, ComposeService>> } {
  const file = join(import.meta.dirname, '../../../docs/deploy/compose.yaml')
  return parse(readFileSync(file, 'utf8'), { merge: true })
}
