import { z } from 'zod'
import { ROLES, type Role } from '../../../contracts/access.ts'
import { visible } from '../../../kit/visible.ts'
import { valueAt } from '../../../sdk/events/path.ts'
import type { Settings } from '../../../settings/settings.ts'

/** Longest subject that OpenID Connect allows, in characters. */
const MAX_SUBJECT = 255

/** Settings of the provider in force; undefined if nobody signs in with one. */
export type Oidc = Settings['admin']['oidc']

/** Who has signed in with a provider, as a session stores it. */
export const personSchema = z.strictObject({
  issuer: z.string(),
  clientId: z.string(),
  subject: z.string(),
  name: z.string(),
  /** Values by claim: only those that gave a role when the session was started. */
  claims: z.record(z.string(), z.array(z.string())),
})

export type Person = z.output<typeof personSchema>
type Claims = Readonly<Record<string, unknown>>

/**
 * The person that a provider describes by claims; null if the subject is missing or not valid. The name is `oidc:` and
 * the email address, if the provider has verified it, or else the subject. No token can have such a name.
 */
export function personOf(given: Claims, oidc: NonNullable<Oidc>): Person | null {
  const { sub: subject, email } = given
  if (typeof subject !== 'string' || subject === '' || subject.length > MAX_SUBJECT) return null
  const isShown = typeof email === 'string' && isEmailVerified(given) && email.length <= MAX_SUBJECT
  const claims = mappedClaims(oidc).map(([claim, wanted]) => {
    const values = valuesOf(given, claim)
    return [claim, wanted.filter((value) => values.includes(value))] as const
  })
  return {
    issuer: oidc.issuer,
    clientId: oidc.clientId,
    subject,
    name: `oidc:${visible(isShown ? email : subject)}`,
    claims: Object.fromEntries(claims.filter(([, values]) => values.length > 0)),
  }
}

/** The claims of an ID token, and what the provider's userinfo adds. What is said of an address counts for that address only. */
export function joinClaims(token: Claims, userinfo: Claims): Claims {
  const { email_verified } = Object.hasOwn(token, 'email') ? token : userinfo
  return { ...userinfo, ...token, email_verified }
}

/** The highest role that the config in force gives a person; null if it gives none, or names another provider or client. */
export function roleOf(person: Person, oidc: Oidc): Role | null {
  if (oidc?.issuer !== person.issuer || oidc.clientId !== person.clientId) return null
  const held = ROLES.filter((role) =>
    Object.entries(oidc.roles[role] ?? {}).some(([claim, wanted]) =>
      person.claims[claim]?.some((value) => wanted.includes(value)),
    ),
  )
  return held.at(-1) ?? null
}

/** Whether the claims have all that the roles of the config ask for, so that there is no need to ask for more. */
export function hasMappedClaims(claims: Claims, oidc: NonNullable<Oidc>): boolean {
  return mappedClaims(oidc).every(([claim]) => valuesOf(claims, claim).length > 0)
}

/** Every claim that gives a role, with all values that do. */
function mappedClaims({ roles }: NonNullable<Oidc>): [string, readonly string[]][] {
  const all = new Map<string, readonly string[]>()
  for (const given of Object.values(roles)) {
    for (const [claim, values] of Object.entries(given ?? {})) {
      all.set(claim, [...new Set([...(all.get(claim) ?? []), ...values])])
    }
  }
  return [...all]
}

// A claim's own name may hold dots: `https://example.com/roles`.
function valuesOf(claims: Claims, claim: string): readonly string[] {
  if (claim === 'email' && !isEmailVerified(claims)) return []
  const value = Object.hasOwn(claims, claim) ? claims[claim] : valueAt(claims, claim)
  return [value].flat().filter((one) => typeof one === 'string')
}

// Some providers let people enter any address.
function isEmailVerified(claims: Claims): boolean {
  return claims['email_verified'] === true
}
