import { compilePattern } from '../../../cel/patterns.ts'
import type { TriggerMatch, TriggerRule } from './read-hooks.ts'
import { celText, referenceOf } from './references.ts'
import { hasTemplate } from './templates.ts'

/** Where a rule stands: webhook takes a value that is missing for an error, which ends `and`, and not `or` or `not`. */
interface Place {
  /** Whether a missing value must read as empty, so that the condition does not fail. */
  readonly guards: boolean
  readonly within: 'and' | 'or'
}

const ADDRESS = /^[0-9a-f:.]+$/i
/** What a number, a boolean or null of a payload looks like as text. */
const NOT_TEXT = ['0', '1', '-1', '42', '1.5', '12345678', 'true', 'false']

/** A rule that no condition can express. */
export class Inexpressible extends Error {}

/** The condition for a rule without signatures, tokens and address ranges. Throws `Inexpressible`. */
export function conditionOf(rule: TriggerRule): string {
  return compile(rule, { guards: false, within: 'or' })
}

function compile(rule: TriggerRule, place: Place): string {
  if (rule.and) return join(rule.and, '&&', { ...place, within: 'and' })
  if (rule.or) {
    return join(rule.or, '||', { guards: place.guards, within: 'or' })
  }
  if (rule.not) return negated(rule.not, place)
  return rule.match ? matchOf(rule.match, place.guards) : 'false'
}

function join(rules: readonly TriggerRule[], operator: '&&' | '||', place: Place): string {
  const parts = rules.map((rule) => {
    const text = compile(rule, place)
    const isSum = (rule.or?.length ?? 0) > 1 || (rule.and?.length === 1 && text.includes('||'))
    return operator === '&&' && isSum && rules.length > 1 ? `(${text})` : text
  })
  if (parts.length === 0) return operator === '&&' ? 'true' : 'false'
  return parts.join(` ${operator} `)
}

function negated(rule: TriggerRule, { within }: Place): string {
  // An `or` passes over what is missing, and so do webhook's outermost rule and the members of an `or`.
  const guards = within === 'or' || rule.or !== undefined
  const inside = compile(rule, { guards, within: 'or' })
  return isPlain(inside) ? negatedComparison(inside) : `!(${inside})`
}

function isPlain(text: string): boolean {
  return !/&&|\|\|/.test(text)
}

function negatedComparison(text: string): string {
  const sides = text.split(' == ')
  if (sides.length === 2) return sides.join(' != ')
  return text.startsWith('!') ? text.slice(1) : `!${text}`
}

function matchOf(match: TriggerMatch, guards: boolean): string {
  const { type, parameter, value, regex } = match
  if (type === 'ip-whitelist') return addressMatch(match)
  const pattern = type === 'regex' ? regex : null
  if (pattern === null && type !== 'value') {
    throw new Inexpressible(`a match of type \`${type}\` beside other alternatives`)
  }
  const wanted = pattern ?? value
  if (hasTemplate(wanted)) throw new Inexpressible('a value from a template in a condition')
  if (pattern !== null) checkPattern(pattern)
  if (parameter.source === 'string') {
    return String(pattern === null ? parameter.name === value : matches(pattern, parameter.name))
  }
  const found = referenceOf(parameter)
  if (found === null || found.cel === null) {
    throw new Inexpressible(`the parameter source \`${parameter.source}\` in a condition`)
  }
  if (found.difference?.includes('masked')) {
    throw new Inexpressible(`a condition on a secret (${parameter.source} ${parameter.name})`)
  }
  const read = (guards ? found.optionalCel : null) ?? found.cel
  const mayBeOther = NOT_TEXT.some((text) =>
    pattern === null ? /^(-?[\d.]+(e[+-]?\d+)?|true|false)$/i.test(value) : matches(pattern, text),
  )
  const text = found.isText || !mayBeOther ? read : `string(${read})`
  return pattern === null ? `${text} == ${celText(value)}` : `${text}.matches(${celText(pattern)})`
}

function addressMatch({ 'ip-range': range }: TriggerMatch): string {
  const addresses = range.split(/\s+/).filter(Boolean)
  if (addresses.length > 0 && addresses.every((address) => ADDRESS.test(address))) {
    return `request.client in [${addresses.map(celText).join(', ')}]`
  }
  throw new Inexpressible('an address range beside other alternatives')
}

function checkPattern(pattern: string): void {
  try {
    compilePattern(pattern)
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it is no pattern'
    throw new Inexpressible(`the pattern \`${pattern}\` (${why})`)
  }
}

function matches(pattern: string, text: string): boolean {
  return compilePattern(pattern).test(text)
}
