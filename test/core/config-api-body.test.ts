import { describe, expect, it } from 'vitest'
import { open } from './config-app.ts'

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
