import type { z } from 'zod'
import { issueText } from '../../errors/issue-text.ts'
import { suggestion } from '../../kit/nearest-name.ts'
import { below, type ConfigLocation, type Fault, faultAt, givenText, type Path } from '../fault.ts'

type Issue = z.core.$ZodIssue

/** Issues of a value that is not there. */
const MISSING: ReadonlySet<string> = new Set(['invalid_type', 'invalid_union'])
/** Unknown keys that are reported for one object. */
const MAX_KEYS = 20

export interface SchemaFaultOptions {
  /** Location of the checked value. */
  readonly location: ConfigLocation
  readonly input: unknown
  /** Known keys of the object at a path, for suggestions. */
  readonly keysAt: (path: Path) => readonly string[]
  /** Whether the value at a path must not be shown. */
  readonly isHidden: (path: Path) => boolean
}

/** The issues of a schema as faults. */
export function schemaFaults(
  issues: readonly Issue[],
  options: SchemaFaultOptions,
): readonly Fault[] {
  return issues.flatMap((issue) => faultsOf(issue, options))
}

function faultsOf(issue: Issue, options: SchemaFaultOptions): readonly Fault[] {
  if (issue.code === 'unrecognized_keys') {
    const known = options.keysAt(issue.path)
    return issue.keys.slice(0, MAX_KEYS).map((key) => {
      return faultAt(below(options.location, ...issue.path, key), 'option_unknown', {
        message: 'is not known',
        remedy: suggestion(key, known).trim() || remedyOfUnknown(key, known),
      })
    })
  }
  if (issue.code === 'invalid_union') {
    const branch = likeliestBranch(issue.errors)
    if (branch !== null) {
      const inner = branch.map((entry) => ({ ...entry, path: [...issue.path, ...entry.path] }))
      return schemaFaults(inner, options)
    }
  }
  if (issue.code === 'invalid_key') {
    const at = below(options.location, ...issue.path)
    return [faultAt(at, 'option_invalid', { message: issueText(issue) })]
  }
  const value = valueAt(options.input, issue.path)
  const at = below(options.location, ...issue.path)
  if (value === undefined && MISSING.has(issue.code)) {
    return [faultAt(at, 'option_invalid', { message: 'is missing', remedy: 'Add it.' })]
  }
  const given = value === undefined || options.isHidden(issue.path) ? null : givenText(value)
  return [faultAt(at, 'option_invalid', { message: issueText(issue), given })]
}

function remedyOfUnknown(key: string, known: readonly string[]): string {
  // What a plugin takes stands one level below. In code, a use also has the definition of its plugin.
  const isUse = known.includes('use') && known.includes('options')
  return isUse
    ? `If it is an option of the plugin, write \`options: { ${key}: … }\`. Known here: use, options.`
    : `Known here: ${known.join(', ') || 'nothing'}.`
}

// The branch whose issues lie deepest is taken for the one that the author meant.
function likeliestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | null {
  const depth = (issues: readonly Issue[]) =>
    Math.min(...issues.map((issue) => issue.path.length + (issue.code === 'invalid_type' ? 0 : 1)))
  const ranked = branches
    .filter((issues) => issues.length > 0)
    .toSorted((a, b) => depth(b) - depth(a))
  const best = ranked[0]
  return best === undefined || depth(best) === 0 ? null : best
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<PropertyKey, unknown>)[key]
  }
  return value
}
