import { describe, expect, it } from 'vitest'
import { parseMoment } from '../../../../core/api/http/moment.ts'
import { ADMIN_TOKEN, openApp } from '../app.ts'

const NOW = Date.UTC(2026, 0, 31, 12)

describe('a time in a query', () => {
  it.each([
    ['90s', NOW - 90_000],
    ['15m', NOW - 15 * 60_000],
    ['1h', NOW - 3_600_000],
    ['7d', NOW - 7 * 86_400_000],
    ['2w', NOW - 14 * 86_400_000],
    ['2026-01-31', Date.UTC(2026, 0, 31)],
    ['2026-01-31T10:00Z', Date.UTC(2026, 0, 31, 10)],
    ['2026-01-31T10:00:01.5+02:00', Date.UTC(2026, 0, 31, 8, 0, 1, 500)],
  ])('may be %s', (text, time) => {
    expect(parseMoment(text, NOW)).toBe(time)
  })

  it.each([
    '',
    'yesterday',
    '1',
    'h',
    '1y',
    '-1h',
    '1.5h',
    '2026-13-01',
    '2026-01-31T10:00',
    '1e3s',
  ])('may not be %j', (text) => {
    expect(parseMoment(text, NOW)).toBeNull()
  })

  it('is refused by name where it is none', async () => {
    const { app } = await openApp({
      sources: { box: { use: 'custom', options: { unverified: true } } },
    })
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
    const answer = await app.request('/api/tasks?since=soon&until=1h', { headers })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({
      code: 'request_invalid',
      errors: [{ parameter: 'since', message: expect.stringContaining('1h or 7d') }],
    })
  })
})
