import {
  isSecretHeader,
  isSecretParameter,
  isSecretVariable,
} from '../../../redaction/secret-names.ts'
import type { Fields, Value } from '../typescript.ts'
import { conditionOf, Inexpressible } from './conditions.ts'
import type { TriggerMatch, TriggerRule } from './read-hooks.ts'
import { templateValue } from './templates.ts'

const HMAC = /^payload-(?:hmac|hash)-(sha1|sha256|sha512)$/
/** Headers whose signature has, or has not, the name of the algorithm in front. */
const WITH_PREFIX = /^x-hub-signature(-256)?$/
const WITHOUT_PREFIX = /^x-(gitea|gogs|forgejo)-signature$/

/** A trigger rule, split into what the source checks and what the rule's condition decides. */
export interface SplitRule {
  /** Options of `custom`; null: anybody may deliver. */
  readonly checks: Fields | null
  readonly when: string | null
  /** Whether webhook answers 500 to a wrong signature. */
  readonly hasSignature: boolean
}

/** Makes an option of a secret, and remembers the variable in which its value is to be put. */
export type SecretOption = (value: string, kind: 'SECRET' | 'TOKEN') => Value

export interface SplitOptions {
  readonly secret: SecretOption
  /** `trigger-signature-soft-failures`: a wrong signature in an `or` is no error. */
  readonly isSoft: boolean
}

/** Splits a trigger rule. Throws `Inexpressible` where neither a source nor a condition can decide as it does. */
export function splitRule(rule: TriggerRule, { secret, isSoft }: SplitOptions): SplitRule {
  const conditions: TriggerRule[] = []
  const alternatives: (readonly Fields[])[] = []
  let common: Fields = {}
  let hasSignature = false
  for (const part of conjuncts(rule)) {
    if (!proves(part)) {
      conditions.push(part)
      continue
    }
    hasSignature ||= hasSignatureIn(part) && !(isSoft && part.or !== undefined)
    const checks = alternativesOf(part, secret)
    const [only] = checks
    if (checks.length === 1 && only !== undefined && !overlaps(common, only)) {
      common = { ...common, ...only }
    } else alternatives.push(checks)
  }
  if (alternatives.length > 1) throw new Inexpressible('several proofs with alternatives each')
  const [anyOf] = alternatives
  const checks = anyOf === undefined ? common : { ...common, anyOf }
  const names = Object.keys(checks)
  // An address alone proves little, so `custom` asks for a word.
  const isAddressOnly = names.length === 1 && names[0] === 'allow'
  return {
    checks: names.length === 0 ? null : { ...(isAddressOnly && { unverified: true }), ...checks },
    when: conditions.length === 0 ? null : conditionOf(rule.and ? { and: conditions } : rule),
    hasSignature,
  }
}

/** The rules that must all hold. */
function conjuncts(rule: TriggerRule): readonly TriggerRule[] {
  return rule.and === undefined ? [rule] : rule.and.flatMap(conjuncts)
}

/** Whether a rule is about who sent the request, and not about what is in it. */
function proves(rule: TriggerRule): boolean {
  if (rule.and) return rule.and.length > 0 && rule.and.every(proves)
  if (rule.or) return rule.or.length > 0 && rule.or.every(proves)
  return rule.not === undefined && rule.match !== undefined && isProof(rule.match)
}

function isProof(match: TriggerMatch): boolean {
  const { type, value, parameter } = match
  if (HMAC.test(type) || type === 'scalr-signature' || type === 'ip-whitelist') return true
  if (type !== 'value') return false
  const { source, name } = parameter
  if (source === 'header')
    return isSecretHeader(name.toLowerCase()) || templateValue(value) !== null
  if (source === 'url' || source === 'query') {
    return isSecretParameter(name) || templateValue(value) !== null
  }
  const last = name.split('.').at(-1) ?? ''
  return source === 'payload' && (isSecretVariable(last) || templateValue(value) !== null)
}

function hasSignatureIn(rule: TriggerRule): boolean {
  const { match } = rule
  if (match) return HMAC.test(match.type) || match.type === 'scalr-signature'
  return [...(rule.and ?? []), ...(rule.or ?? [])].some(hasSignatureIn)
}

/** The alternatives of a rule that proves, each as options of `custom` that must all hold. */
function alternativesOf(rule: TriggerRule, secret: SecretOption): readonly Fields[] {
  if (rule.or) return rule.or.flatMap((part) => alternativesOf(part, secret))
  if (rule.and) {
    let all: readonly Fields[] = [{}]
    for (const part of rule.and) {
      const more = alternativesOf(part, secret)
      all = all.flatMap((one) =>
        more.map((other) => {
          if (overlaps(one, other)) throw new Inexpressible('two proofs of one kind')
          return { ...one, ...other }
        }),
      )
    }
    return all
  }
  return rule.match === undefined ? [] : [checkOf(rule.match, secret)]
}

function overlaps(one: Fields, other: Fields): boolean {
  return Object.keys(one).some((key) => Object.hasOwn(other, key))
}

function checkOf(match: TriggerMatch, secret: SecretOption): Fields {
  const { type, parameter, value } = match
  const { source, name } = parameter
  const [, algorithm] = HMAC.exec(type) ?? []
  if (type === 'ip-whitelist') return { allow: match['ip-range'].split(/\s+/).filter(Boolean) }
  if (type === 'scalr-signature') return scalr(secret(match.secret, 'SECRET'))
  if (algorithm !== undefined) {
    if (source !== 'header') throw new Inexpressible(`a signature in \`${source}\``)
    return { hmac: signature(name, algorithm, secret(match.secret, 'SECRET')) }
  }
  if (source === 'url' || source === 'query')
    return { token: secret(value, 'TOKEN'), tokenQuery: name }
  if (source === 'payload') return { token: secret(value, 'TOKEN'), tokenPath: name }
  const isBearer = name.toLowerCase() === 'authorization' && value.startsWith('Bearer ')
  if (isBearer) return { bearer: secret(value.slice('Bearer '.length), 'TOKEN') }
  return { token: secret(value, 'TOKEN'), tokenHeader: name }
}

function signature(header: string, algorithm: string, secret: Value): Fields {
  const name = header.toLowerCase()
  const form = { secret, header, algorithm: algorithm === 'sha256' ? undefined : algorithm }
  if (WITHOUT_PREFIX.test(name)) return form
  const prefix = `${algorithm}=`
  if (WITH_PREFIX.test(name)) return { ...form, prefix }
  return { ...form, prefix, prefixOptional: true, separator: ',' }
}

function scalr(secret: Value): Fields {
  return {
    hmac: {
      secret,
      header: 'X-Signature',
      algorithm: 'sha1',
      template: '{body}{timestamp}',
      timestamp: { header: 'Date', unit: 'date' },
    },
  }
}
