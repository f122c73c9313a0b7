import type { z } from 'zod'

type Issue = z.core.$ZodIssue
type Size = Pick<z.core.$ZodIssueTooSmall, 'origin' | 'inclusive' | 'exact'>

/** How messages begin that are not of the schema's author. */
const STANDARD = /^(Invalid|Too (small|big)|Unrecognized)\b/

/** Types as people call them. */
const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'text',
}
const FORMATS: Readonly<Record<string, string>> = { url: 'a URL', email: 'an email address' }
const COUNTED: Readonly<Record<string, string>> = {
  string: 'character',
  array: 'item',
  set: 'item',
}

/** What a schema finds wrong with a value, in plain words that follow the name of the value: `must be at least 1`. */
export function issueText(issue: Issue): string {
  return (STANDARD.test(issue.message) ? plainText(issue) : null) ?? lowerFirst(issue.message)
}

function plainText(issue: Issue): string | null {
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith('received undefined') ? 'is missing' : kindText(issue.expected)
    case 'too_small':
      return sizeText(issue, issue.minimum, issue.inclusive ? 'at least' : 'more than')
    case 'too_big':
      return sizeText(issue, issue.maximum, issue.inclusive ? 'at most' : 'less than')
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${quoted(issue.values)}`
    case 'unrecognized_keys':
      return `has the unknown key${issue.keys.length === 1 ? '' : 's'} ${quoted(issue.keys)}`
    case 'invalid_format':
      return formatText(issue)
    case 'invalid_union':
      return unionText(issue.errors.flat())
    case 'invalid_key':
      return issue.issues.map(issueText).join('; ')
    default:
      return null
  }
}

function sizeText(
  { origin, exact, inclusive }: Size,
  limit: number | bigint,
  bound: string,
): string {
  const one = COUNTED[origin]
  if (one === undefined) return `must be ${bound} ${limit}`
  if (exact !== true && bound === 'at least' && limit === 1) return 'must not be empty'
  const how = exact === true && inclusive !== false ? 'exactly' : bound
  return `must have ${how} ${limit} ${one}${limit === 1 ? '' : 's'}`
}

function formatText(issue: z.core.$ZodIssueInvalidStringFormat): string | null {
  const { format } = issue
  if (format === 'regex' && issue.pattern !== undefined) return `must match ${issue.pattern}`
  if (format === 'starts_with' && 'prefix' in issue) return `must start with "${issue.prefix}"`
  const kind = FORMATS[format]
  return kind === undefined ? null : `must be ${kind}`
}

function unionText(issues: readonly Issue[]): string {
  const expected = issues.map((entry) => ('expected' in entry ? entry.expected : null))
  const kinds = [...new Set(expected.filter((kind) => kind !== null))]
  return kinds.length === 0 ? 'has none of the allowed forms' : kindText(...kinds)
}

function kindText(...kinds: readonly string[]): string {
  return `must be ${kinds.map((kind) => KINDS[kind] ?? kind).join(' or ')}`
}

function quoted(values: readonly unknown[]): string {
  return values
    .map((value) => (typeof value === 'string' ? `"${value}"` : String(value)))
    .join(', ')
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}
