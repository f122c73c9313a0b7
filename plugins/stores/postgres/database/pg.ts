import { createRequire } from 'node:module'

/** The driver. It is loaded with the first connection: a config may name this store and use another one. */
export function loadPg(): typeof import('pg') {
  return createRequire(import.meta.url)('pg')
}
