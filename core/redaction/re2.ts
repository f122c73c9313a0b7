import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'

let library: typeof RE2JS | null = null

/** RE2, loaded with the first pattern: most configs have none, and its tables are large. */
export function re2(): typeof RE2JS {
  library ??= (createRequire(import.meta.url)('re2js') as typeof import('re2js')).RE2JS
  return library
}
