import { describe, expect, it } from 'vitest'
import { open } from './app.ts'

describe('a body of /api/config', () => {
  const deep = `${'['.repeat(200)}${']'.repeat(200)}`
  it.each([
    { body: '{', status: 400 },
    { body: '', status: 400 },
    { body: '[]', status: 400 },
    { body: 'null', status: 400 },
    { body: '"text"', status: 400 },
    { body: '{"name":"a","name":"b","use":"bell"}', status: 400, pointer: '/name' },
    {
      body: '{"name":"a","use":"bell","options":{"__proto__":{"x":1}}}',
      status: 400,
      pointer: '/options/__proto__',
    },
    { body: `{"name":"a","use":"bell","options":${deep}}`, status: 400 },
    { body: '{"use":"bell"}', status: 422, pointer: '/name' },
    { body: '{"name":5,"use":"bell"}', status: 422, pointer: '/name' },
    { body: '{"name":"a b","use":"bell"}', status: 422, pointer: '/name' },
    { body: '{"name":"hookline","use":"bell","options":{"secret":"x"}}', status: 422 },
    {
      body: '{"name":"a","use":"bell","definition":{"create":1},"options":{}}',
      status: 422,
      pointer: '/definition',
    },
    { body: '{"name":"a","use":5}', status: 422, pointer: '/use' },
    { body: '{"name":"a","use":"../../x","options":{}}', status: 422, pointer: '/use' },
    {
      body: JSON.stringify({ name: 'a', use: 'bell', options: { secret: 'x'.repeat(300_000) } }),
      status: 413,
    },
    { body: '{"name":"a","use":"bell"}', headers: { 'content-type': 'text/plain' }, status: 415 },
    { body: '{"name":"a","use":"bell"}', query: '?dryRun=perhaps', status: 400 },
    { body: '{"name":"a","use":"bell"}', query: '?dryrun=true', status: 400 },
  ])(
    '$body is answered by $status',
    async ({ body, status, pointer, headers = {}, query = '' }) => {
      const { call } = await open()
      const answered = await call('POST', `/api/config/webhooks${query}`, { body, headers })
      expect(answered.status).toBe(status)
      expect(answered.headers.get('content-type')).toBe('application/problem+json')
      if (pointer !== undefined) expect(answered.body.errors).toMatchObject([{ pointer }])
    },
  )
})

describe('a body with very many faults', () => {
  const many = (count: number, item: unknown) => Array.from({ length: count }, () => item)
  const options = Object.fromEntries(many(20_000, 1).map((one, index) => [`k${index}`, one]))
  it.each([
    { list: 'rules', what: 'programs', body: { name: 'a', on: 'bell', run: many(60_000, 'x') } },
    { list: 'webhooks', what: 'options', body: { name: 'a', use: 'bell', options } },
    {
      list: 'webhooks',
      what: 'secrets',
      body: { name: 'a', use: 'bell', options: { secret: 'x', keys: many(80_000, 1) } },
    },
    {
      list: 'webhooks',
      what: 'masks',
      body: {
        name: 'a',
        use: 'bell',
        options: { secret: 'x', keys: many(10_000, { masked: true }) },
      },
    },
    {
      list: 'webhooks',
      what: 'references',
      body: { name: 'a', use: 'bell', options: { secret: 'x', keys: many(15_000, { env: 'A' }) } },
    },
    { list: 'webhooks', what: 'letters', body: { name: 'a', use: 'x'.repeat(200_000) } },
  ])('is refused quickly, with a short answer: $what', async ({ list, body }) => {
    const { call } = await open({ managed: { env: ['A'] } })
    const before = process.cpuUsage()
    const { status, body: problem } = await call('POST', `/api/config/${list}`, { body })
    const { user } = process.cpuUsage(before)
    expect(status).toBe(422)
    expect(problem.errors.length).toBeLessThanOrEqual(100)
    expect(JSON.stringify(problem).length).toBeLessThan(60_000)
    expect(user / 1000).toBeLessThan(2000)
  })

  it('does not show text given instead of options, which may be a secret', async () => {
    const { call } = await open()
    const body = { name: 'a', use: 'bell', options: 'a secret text' }
    const { body: problem } = await call('POST', '/api/config/webhooks', { body })
    expect(problem.errors).toMatchObject([{ pointer: '/options', given: null }])
    expect(JSON.stringify(problem)).not.toContain('a secret text')
  })
})
