/** Texts of the tree of a condition. */
export const clauses = {
  ops: { and: 'All of these', or: 'Any of these', not: 'Not this' },
  outcomes: { true: 'true', false: 'false', error: 'error', skipped: 'not evaluated' },
  decided: 'decided the result',
  missing: 'missing',
  hidden: 'hidden: payloads are shown to operators',
}
