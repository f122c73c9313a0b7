import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ADMIN_TOKEN, openApp } from '../app.ts'
import { call, signIn } from './calls.ts'

const RUNS = 1500
const KNOWN = [
  'hkl_',
  'Bearer ',
  'hookline-session=',
  '__Host-',
  'same-origin',
  'null',
  'http://[',
  '%E0%A4',
]

/** Text that a header can hold. */
const headerText = fc
  .array(fc.oneof(fc.constantFrom(...KNOWN), fc.string({ unit: 'binary-ascii', maxLength: 20 })), {
    maxLength: 4,
  })
  .map((parts) => parts.join('').replace(/[^\x20-\x7e]/g, ''))

const headers = fc.dictionary(
  fc.constantFrom(
    ...['authorization', 'cookie', 'origin', 'sec-fetch-site', 'x-hookline-csrf'],
    ...['content-type', 'forwarded', 'via', 'accept', 'last-event-id'],
  ),
  headerText,
)

const token = fc.record(
  {
    name: fc.oneof(fc.string(), fc.jsonValue()),
    role: fc.oneof(fc.constantFrom('viewer', 'operator', 'admin'), fc.jsonValue()),
    expiresAt: fc.oneof(fc.date({ noInvalidDate: true }).map(String), fc.string(), fc.jsonValue()),
    token: fc.jsonValue(),
  },
  { requiredKeys: [] },
)

const route = fc.constantFrom(
  ...['GET /api/tokens', 'POST /api/tokens', 'POST /api/session', 'GET /api/session'],
  ...['DELETE /api/session', 'GET /api/audit', 'GET /api/tasks'],
)

describe('the routes of access', () => {
  it('answer every request with a known error', { timeout: 120_000 }, async () => {
    const opened = await openApp({ admin: { maxFailures: 1000 } })
    const { cookie } = await signIn(opened, ADMIN_TOKEN)
    const known = fc.constantFrom({}, { token: ADMIN_TOKEN }, { cookie })
    await fc.assert(
      fc.asyncProperty(route, known, headers, fc.oneof(token, fc.jsonValue()), async (...given) => {
        const [where, who, sent, json] = given
        const isRead = where.startsWith('GET')
        const body = isRead ? {} : { json }
        const answer = await call(opened, where, { ...who, ...body, headers: sent })
        expect(answer.status).toBeLessThan(500)
        if (answer.status < 400) return
        expect(answer.headers.get('content-type')).toBe('application/problem+json')
        expect(await answer.json()).toMatchObject({ code: expect.any(String) })
      }),
      { numRuns: RUNS },
    )
  })

  it('answer any name of a token and any page of the log', { timeout: 120_000 }, async () => {
    const opened = await openApp({})
    const page = fc.record({ after: fc.jsonValue(), limit: fc.jsonValue(), tail: fc.jsonValue() })
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), page, async (name, query) => {
        const search = new URLSearchParams(
          Object.entries(query).map(([key, value]) => [key, JSON.stringify(value)]),
        )
        for (const asked of [
          `DELETE /api/tokens/${encodeURIComponent(name)}`,
          `GET /api/audit?${search}`,
        ]) {
          const answer = await call(opened, asked, { token: ADMIN_TOKEN })
          expect(answer.status, asked).toBeLessThan(500)
        }
      }),
      { numRuns: RUNS },
    )
  })
})
