import { describe, expect, it } from 'vitest'
import { openSqlite } from '../../../plugins/stores/sqlite/open-sqlite.ts'
import { CONFIG, ConfigFolder, JSON_CONFIG, PLUGINS } from '../../config/config-folder.ts'
import { DOOR, MASK, open, openConfigApp, RULE } from './app.ts'

const NEW = { 'if-none-match': '*' }

describe('a change by /api/config', () => {
  it('creates no programs unless the config allows it, but deletes them', async () => {
    const store = await openSqlite()
    const { call } = await open({}, store)
    const body = { name: 'job', use: 'echo', options: { command: ['x'] } }
    const refused = await call('POST', '/api/config/programs', { body })
    expect([refused.status, refused.body.code]).toEqual([403, 'config_not_managed'])
    const on = await open({ managed: { programs: true } }, store)
    const unconfined = await on.call('POST', '/api/config/programs', { body })
    expect(unconfined.body.errors).toMatchObject([{ pointer: '/use', code: 'managed_refused' }])
    const entries = await store.auditEntries({ limit: 10 })
    expect(entries).toMatchObject([
      { action: 'config.program.refused', target: 'job', outcome: 'refused' },
      { outcome: 'refused', detail: '{"codes":["managed_refused"]}' },
    ])
  })

  it.each([
    { headers: {}, status: 428 },
    { headers: { 'if-match': '"999999"' }, status: 412 },
    { headers: { 'if-match': 'W/"1"' }, status: 412 },
    { headers: { 'if-match': 'nonsense' }, status: 412 },
    { headers: NEW, status: 412 },
    { headers: { 'if-none-match': '"1"' }, status: 400 },
    { headers: { 'if-match': '*', 'if-none-match': '*' }, status: 400 },
    { headers: { 'if-match': '*' }, status: 200 },
  ])('answers a PUT with $headers by $status', async ({ headers, status }) => {
    const { call } = await open()
    await call('POST', '/api/config/webhooks', { body: DOOR })
    const body = { use: 'bell', options: { secret: 'x' } }
    expect((await call('PUT', '/api/config/webhooks/door', { body, headers })).status).toBe(status)
    if (status === 200) return
    const deleted = await call('DELETE', '/api/config/webhooks/door', { headers })
    expect(deleted.status).toBe(status)
  })

  it('creates a part by PUT with If-None-Match', async () => {
    const { call } = await open()
    const { name, ...form } = DOOR
    const made = await call('PUT', `/api/config/webhooks/${name}`, { body: form, headers: NEW })
    expect([made.status, made.headers.get('location')]).toEqual([201, '/api/config/webhooks/door'])
    const missing = await call('PUT', '/api/config/webhooks/other', {
      body: form,
      headers: { 'if-match': '*' },
    })
    expect(missing.status).toBe(404)
    const again = await call('POST', '/api/config/webhooks', { body: DOOR })
    expect([again.status, again.body.code]).toEqual([409, 'config_exists'])
  })

  it('keeps a masked secret only for the same plugin', async () => {
    const store = await openSqlite()
    const folder = new ConfigFolder({
      ...PLUGINS,
      'plugins/gong.ts': PLUGINS['plugins/bell.ts'].replaceAll('bell', 'gong'),
      [JSON_CONFIG]: CONFIG,
    })
    const { call, live } = await openConfigApp(folder, store)
    await call('POST', '/api/config/webhooks', { body: DOOR })
    const headers = { 'if-match': '*' }
    const stolen = await call('PUT', '/api/config/webhooks/door', {
      body: { use: 'gong', options: { secret: MASK } },
      headers,
    })
    expect(stolen.body.errors).toMatchObject([
      { pointer: '/options/secret', code: 'masked_unknown' },
    ])
    const moved = await call('PUT', '/api/config/webhooks/door', {
      body: { use: 'bell', options: { secret: 'x', keys: [MASK] } },
      headers,
    })
    expect(moved.body.errors).toMatchObject([
      { pointer: '/options/keys/0', code: 'masked_unknown' },
    ])
    expect(live.current.sources.get('door')?.options).toMatchObject({ secret: 'door-secret' })
  })

  it('never combines two concurrent changes to an unchecked config', async () => {
    const store = await openSqlite()
    const [one, two] = [await open({}, store), await open({}, store)]
    await one.call('POST', '/api/config/webhooks', { body: DOOR })
    await two.managed.read()
    const answers = await Promise.all([
      one.call('DELETE', '/api/config/webhooks/door', { headers: { 'if-match': '*' } }),
      two.call('POST', '/api/config/rules', { body: RULE }),
    ])
    const statuses = answers.map(({ status }) => status)
    expect([
      [200, 422],
      [409, 201],
    ]).toContainEqual(statuses)
    const third = await open({}, store)
    expect((await third.call('GET', '/api/config')).body.fault).toBeNull()
  })

  it('accepts only one of many concurrent changes of a part', async () => {
    const { call, managed } = await open()
    const made = await call('POST', '/api/config/webhooks', { body: DOOR })
    const headers = { 'if-match': made.headers.get('etag') ?? '' }
    const bodies = [1, 2, 3, 4, 5].map((tone) => ({ use: 'bell', options: { secret: MASK, tone } }))
    const answers = await Promise.all(
      bodies.map((body) => call('PUT', '/api/config/webhooks/door', { body, headers })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412, 412, 412, 412])
    const { documents } = await managed.read()
    expect(documents.sources.get('door')?.form).toMatchObject({
      options: { secret: 'door-secret' },
    })
  })
})
