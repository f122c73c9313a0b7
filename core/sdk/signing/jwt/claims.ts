/** What the claims of a token must say. */
export interface ClaimsCheck {
  /** `iss` must be one of them. Default: not checked. */
  readonly issuer?: readonly string[] | undefined
  /** `aud` must be or have one of them. Default: not checked. */
  readonly audience?: readonly string[] | undefined
  /** Claims that must have exactly these values. */
  readonly claims?: Readonly<Record<string, string | number | boolean>> | undefined
  /** How far the clocks of both sides may differ. */
  readonly toleranceSeconds: number
  /** How old a token without `exp` may be by its `iat`. */
  readonly maxAgeSeconds: number
}

type Claims = Readonly<Record<string, unknown>>

/**
 * Why the claims of a token do not fit; null if they do. `isBound` says that the token is bound to the body of one
 * delivery: any other needs a time, since it could be used for ever. `now` is in milliseconds.
 */
export function claimsFault(
  claims: Claims,
  check: ClaimsCheck,
  { now, isBound }: { readonly now: number; readonly isBound: boolean },
): string | null {
  return (
    timeFault(claims, check, now / 1000) ??
    (isBound || claims['exp'] !== undefined || claims['iat'] !== undefined
      ? null
      : 'the token has neither `exp` nor `iat`') ??
    partyFault(claims, check) ??
    valueFault(claims, check)
  )
}

function timeFault(
  { exp, nbf, iat }: Claims,
  { toleranceSeconds, maxAgeSeconds }: ClaimsCheck,
  now: number,
): string | null {
  const times = Object.entries({ exp, nbf, iat }).filter(([, time]) => time !== undefined)
  const wrong = times.find(([, time]) => typeof time !== 'number')
  if (wrong !== undefined) return `\`${wrong[0]}\` of the token is not a number of seconds`
  const early = now + toleranceSeconds
  const late = now - toleranceSeconds
  if (Number(nbf ?? early) > early) return 'the token is not valid yet (`nbf`)'
  if (Number(iat ?? early) > early) return 'the token was made in the future (`iat`)'
  if (exp !== undefined)
    return Number(exp) < late ? 'the token has expired (`exp`), it is too old' : null
  return Number(iat ?? now) < late - maxAgeSeconds ? 'the token is too old (`iat`)' : null
}

function partyFault({ iss, aud }: Claims, { issuer, audience }: ClaimsCheck): string | null {
  if (issuer !== undefined && !issuer.some((one) => one === iss)) {
    return '`iss` of the token is not the issuer of the config'
  }
  const audiences = [aud].flat()
  if (audience !== undefined && !audience.some((one) => audiences.includes(one))) {
    return '`aud` of the token is not the audience of the config'
  }
  return null
}

function valueFault(claims: Claims, { claims: wanted = {} }: ClaimsCheck): string | null {
  const wrong = Object.keys(wanted).find((name) => {
    return !Object.hasOwn(claims, name) || claims[name] !== wanted[name]
  })
  return wrong === undefined ? null : `\`${wrong}\` of the token is not as the config says`
}
