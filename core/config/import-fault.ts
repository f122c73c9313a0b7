import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Where and why a user's module could not be imported. */
export interface ImportFault {
  readonly file: string
  readonly line: number | null
  readonly message: string
}

const LOCATION = /(?<place>(?:file:\/\/)?\/[^\s()?]*?)(?:\?[^\s():]*)?:(?<line>\d+)/g

/** Reads the place out of an error that an import threw; `files` are the modules it may lie in. */
export function importFault(error: unknown, root: string, files: readonly string[]): ImportFault {
  const thrown = error instanceof Error ? error : new Error(`it threw ${typeof error}`)
  const message = (thrown.message.split('\n', 1)[0] ?? '').replace(/\?hookline=\d+/g, '')
  const candidates = [root, ...files]
  const place =
    placeIn(thrown.stack ?? '', candidates) ??
    (thrown.name === 'SyntaxError' ? syntaxErrorIn(candidates) : null)
  return { file: place?.file ?? root, line: place?.line ?? null, message }
}

/** `webhook.config.ts:3: Unexpected token` */
export function importFaultText({ file, line, message }: ImportFault): string {
  return `${file}${line === null ? '' : `:${line}`}: ${message}`
}

function placeIn(stack: string, files: readonly string[]): { file: string; line: number } | null {
  for (const { groups } of stack.matchAll(LOCATION)) {
    const place = groups?.['place'] ?? ''
    const file = place.startsWith('file:') ? fileURLToPath(place) : place
    if (files.includes(file)) return { file, line: Number(groups?.['line']) }
  }
  return null
}

// For plain JavaScript, Node's error does not say where; its TypeScript parser, which reads both, does.
function syntaxErrorIn(files: readonly string[]): { file: string; line: number } | null {
  for (const file of files) {
    try {
      stripTypeScriptTypes(readFileSync(file, 'utf8'), { sourceUrl: file })
    } catch (error) {
      const place = placeIn(error instanceof Error ? (error.stack ?? '') : '', [file])
      if (place !== null) return place
    }
  }
  return null
}
