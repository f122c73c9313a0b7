import type { RE2JS } from 're2js'
import type { KnownChanges } from '../contracts/event.ts'
import { re2 } from '../redaction/re2.ts'
import { fail } from './errors.ts'
import { spend } from './steps.ts'

/** The code of the error where nobody knows yet whether a file was changed. */
export const CHANGES_UNKNOWN = 'changes_unknown'

const MAX_KEPT = 500
const globs = new Map<string, RE2JS>()

// Evaluations are synchronous and never nested, as for the steps.
let current: () => KnownChanges = () => ({ files: [], isComplete: true })

/** Runs an evaluation about these files. They are read if it asks for them. */
export function withChanges<Value>(read: () => KnownChanges, evaluate: () => Value): Value {
  const before = current
  let known: KnownChanges | null = null
  current = () => {
    known ??= read()
    return known
  }
  try {
    return evaluate()
  } finally {
    current = before
  }
}

/** Whether a file was changed that matches one of the patterns. Fails where none is known to match and more may be. */
export function hasChanged(...patterns: readonly string[]): boolean {
  const { files, isComplete } = current()
  for (const file of files) {
    for (const pattern of patterns) {
      spend(file.length)
      if (compiled(pattern).test(file)) return true
    }
  }
  if (isComplete) return false
  return fail(CHANGES_UNKNOWN, 'the event does not list all files that were changed')
}

/** `*` and `?` stop at `/`, `**` does not. */
function compiled(pattern: string): RE2JS {
  const known = globs.get(pattern)
  if (known !== undefined) return known
  const parts = pattern.split(/(\*\*\/|\*\*|\*|\?)/).map((part) => {
    if (part === '**/') return '(?:.*/)?'
    if (part === '**') return '.*'
    if (part === '*') return '[^/]*'
    return part === '?' ? '[^/]' : re2().quote(part)
  })
  const glob = re2().compile(`^(?s:${parts.join('')})$`)
  if (globs.size >= MAX_KEPT) globs.delete(globs.keys().next().value ?? '')
  globs.set(pattern, glob)
  return glob
}
