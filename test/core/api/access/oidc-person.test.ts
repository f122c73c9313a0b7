import { expect, it } from 'vitest'
import { joinClaims } from '../../../../core/api/access/oidc/person.ts'

const SUB = { sub: '7' }
const ADDRESS = { email: 'ada@example.com' }

it.each<[string, object, object, unknown]>([
  ['both are of the token', { ...ADDRESS, email_verified: true }, {}, true],
  ['both are of the userinfo', {}, { ...ADDRESS, email_verified: true }, true],
  ['the userinfo is about another address', ADDRESS, { email_verified: true }, undefined],
  ['the token is about another address', { email_verified: true }, ADDRESS, undefined],
  [
    'both have an address, and the token says nothing of its own',
    ADDRESS,
    { email: 'other@example.com', email_verified: true },
    undefined,
  ],
])('an address is as verified as whoever names it says: %s', (_, token, userinfo, verified) => {
  const claims = joinClaims({ ...SUB, ...token }, { ...SUB, ...userinfo })
  expect(claims).toMatchObject({ ...SUB, ...ADDRESS })
  expect(claims['email_verified']).toBe(verified)
})
