import { readFileSync } from 'node:fs'

/** The version of this package; `0.0.0` if its package.json cannot be read. */
export function hooklineVersion(): string {
  // This file is two folders below package.json in the repository, and three in the package (`dist/`).
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version
    } catch {}
  }
  return '0.0.0'
}
