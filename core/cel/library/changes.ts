import { hasChanged } from '../changes.ts'
import { define } from '../functions.ts'

export const CHANGE_FUNCTIONS = [
  define('changedFiles(string...): bool', ["changedFiles('src/**', '*.md')", 'false'], hasChanged),
]
