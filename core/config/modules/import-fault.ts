import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'

/** File, line and reason of a failed import of a user's module. */
export interface ImportFault {
  readonly file: string
  readonly line: number | null
  readonly message: string
  /** What to do about this kind of fault. */
  readonly remedy: string
}

const LOCATION = /(?<location>(?:file:\/\/)?\/[^\s()?]*?)(?:\?[^\s():]*)?:(?<line>\d+)/g

/** Finds the file and line of an error that an import threw; `files` are the modules that may have thrown it. */
export function importFault(error: unknown, root: string, files: readonly string[]): ImportFault {
  const thrown = error instanceof Error ? error : new Error(`it threw ${typeof error}`)
  const message = (thrown.message.split('\n', 1)[0] ?? '').replace(/\?hookline=\d+/g, '')
  const candidates = [root, ...files]
  const location =
    locationIn(thrown.stack ?? '', candidates) ??
    (thrown.name === 'SyntaxError' ? syntaxErrorIn(candidates) : null)
  const remedy = remedyOf(thrown)
  return { file: location?.file ?? root, line: location?.line ?? null, message, remedy }
}

function remedyOf(thrown: Error & { readonly code?: unknown }): string {
  if (thrown.name === 'SyntaxError') return 'Correct the syntax error that the message shows.'
  if (thrown.code !== 'ERR_MODULE_NOT_FOUND')
    return 'Correct what this file runs: it threw this error.'
  const [, name] = /^Cannot find package '([^']+)'/.exec(thrown.message) ?? []
  return name === undefined
    ? 'Correct the path of the import: it starts at the importing file, and has the ending of the file.'
    : `Install the package: npm install ${name}`
}

/** `webhook.config.ts:3: Unexpected token` */
export function importFaultText({ file, line, message }: ImportFault): string {
  return `${file}${line === null ? '' : `:${line}`}: ${message}`
}

function locationIn(
  stack: string,
  files: readonly string[],
): { file: string; line: number } | null {
  for (const { groups } of stack.matchAll(LOCATION)) {
    const location = groups?.['location'] ?? ''
    const file = location.startsWith('file:') ? fileURLToPath(location) : location
    if (files.includes(file)) return { file, line: Number(groups?.['line']) }
  }
  return null
}

// Node's syntax error of plain JavaScript has no line; that of its TypeScript parser, which reads both, has.
function syntaxErrorIn(files: readonly string[]): { file: string; line: number } | null {
  for (const file of files) {
    try {
      stripTypeScriptTypes(readFileSync(file, 'utf8'), { sourceUrl: file })
    } catch (error) {
      const location = locationIn(error instanceof Error ? (error.stack ?? '') : '', [file])
      if (location !== null) return location
    }
  }
  return null
}
