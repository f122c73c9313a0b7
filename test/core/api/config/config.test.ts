import { describe, expect, it } from 'vitest'
import { DOOR, MASK, open, RULE } from './app.ts'

describe('/api/config', () => {
  it('creates, shows, changes and deletes a webhook, each in force at once', async () => {
    const { call, live, store } = await open()
    const made = await call('POST', '/api/config/webhooks', { body: DOOR })
    expect(made.status).toBe(201)
    expect(made.headers.get('location')).toBe('/api/config/webhooks/door')
    expect(made.body).toMatchObject({
      ...{
        name: 'door',
        use: 'bell',
        options: { secret: MASK, tone: 2 },
        dryRun: false,
        fault: null,
      },
      ...{
        origin: { layer: 'managed', file: null },
        url: 'http://localhost:12345/api/webhooks/door',
      },
    })
    expect(live.current.sources.get('door')?.options).toMatchObject({ secret: 'door-secret' })
    const etag = made.headers.get('etag') ?? ''
    expect(etag).toBe(`"${made.body.version}"`)

    const shown = await call('GET', '/api/config/webhooks/door')
    expect([shown.status, shown.headers.get('etag')]).toEqual([200, etag])
    live.reachedAt('https://tunnel.example')
    const moved = await call('GET', '/api/config/webhooks/door', {
      headers: { 'if-none-match': etag },
    })
    expect(moved.body).toMatchObject({ url: 'https://tunnel.example/api/webhooks/door' })
    const { origin, version, changedAt, url, ...form } = shown.body
    form.options.tone = 9
    const body = form
    const changed = await call('PUT', '/api/config/webhooks/door', {
      body,
      headers: { 'if-match': etag },
    })
    expect(changed.status).toBe(200)
    expect(live.current.sources.get('door')?.options).toMatchObject({
      secret: 'door-secret',
      tone: 9,
    })

    const gone = await call('DELETE', '/api/config/webhooks/door', {
      headers: { 'if-match': changed.headers.get('etag') ?? '' },
    })
    expect([gone.status, gone.body]).toEqual([
      200,
      { name: 'door', dryRun: false, fault: null, warnings: [] },
    ])
    expect(live.current.sources.has('door')).toBe(false)
    expect((await call('GET', '/api/config/webhooks/door')).status).toBe(404)
    const entries = await store.auditEntries({ limit: 10 })
    expect(
      entries.map(({ actor, action, target, detail }) => [
        actor,
        action,
        target,
        JSON.parse(detail),
      ]),
    ).toEqual([
      [
        'admin',
        'config.webhook.create',
        'door',
        {
          changes: [
            { pointer: '/use', after: 'bell' },
            { pointer: '/options/secret', after: MASK },
            { pointer: '/options/tone', after: 2 },
          ],
        },
      ],
      [
        'admin',
        'config.webhook.replace',
        'door',
        { changes: [{ pointer: '/options/tone', before: 2, after: 9 }] },
      ],
      [
        'admin',
        'config.webhook.delete',
        'door',
        {
          changes: [
            { pointer: '/use', before: 'bell' },
            { pointer: '/options/secret', before: MASK },
            { pointer: '/options/tone', before: 9 },
          ],
        },
      ],
    ])
  })

  it('names a changed secret in the audit log without showing it', async () => {
    const { call, store } = await open()
    await call('POST', '/api/config/webhooks', { body: DOOR })
    const body = { ...DOOR, options: { ...DOOR.options, secret: 'another-secret' } }
    await call('PUT', '/api/config/webhooks/door', { body, headers: { 'if-match': '*' } })
    const entries = await store.auditEntries({ limit: 10 })
    expect(JSON.parse(entries.at(-1)?.detail ?? '')).toEqual({
      changes: [{ pointer: '/options/secret', before: MASK, after: MASK }],
    })
    expect(JSON.stringify(entries)).not.toMatch(/another-secret|door-secret/)
  })

  it('shows all parts with their origin and without secrets', async () => {
    const { call } = await open()
    await call('POST', '/api/config/webhooks', { body: DOOR })
    await call('POST', '/api/config/rules', { body: RULE })
    const { body } = await call('GET', '/api/config')
    expect(body).toMatchObject({ fault: null, managed: { programs: false } })
    expect(JSON.stringify(body)).not.toMatch(/door-secret|bell-secret/)
    expect(
      body.webhooks.map((one: { name: string; origin: object }) => [one.name, one.origin]),
    ).toEqual([
      ['bell', { layer: 'config', file: 'webhook.config.json' }],
      ['door', { layer: 'managed', file: null }],
    ])
    expect(body.programs).toMatchObject([
      { name: 'deploy', use: 'echo', options: { command: ['deploy'] } },
      { name: 'tell' },
    ])
    expect(body.rules).toMatchObject([
      { name: 'deploy on bell.ring', on: 'bell.ring', when: 'loud', run: 'deploy', version: null },
      { name: 'dropped', origin: { layer: 'drop-in', file: 'webhooks.d/more.yaml' } },
      {
        name: 'mine',
        on: 'door.ring',
        when: 'loud',
        run: 'deploy',
        origin: { layer: 'managed', file: null },
      },
    ])
    const lists = await call('GET', '/api/config/rules')
    expect(lists.body).toEqual({ rules: body.rules })
    const named = await call(
      'GET',
      `/api/config/rules/${encodeURIComponent('deploy on bell.ring')}`,
    )
    expect(named.body).toEqual(body.rules[0])
  })

  it('reports all faults at once, each with a JSON pointer', async () => {
    const { call, live } = await open()
    const before = live.current
    const body = {
      name: 'door',
      use: 'bell',
      options: { tone: 'x', ton: 1, secret: '', keys: [MASK] },
      extra: 1,
    }
    const { status, headers, body: problem } = await call('POST', '/api/config/webhooks', { body })
    expect([status, headers.get('content-type')]).toEqual([422, 'application/problem+json'])
    expect(problem.code).toBe('config_refused')
    expect(
      problem.errors.map((one: { pointer: string; code: string }) => [one.pointer, one.code]),
    ).toEqual([
      ['/options/keys/0', 'masked_unknown'],
      ['/extra', 'option_unknown'],
    ])
    const { extra, ...less } = body
    const second = await call('POST', '/api/config/webhooks', { body: less })
    expect(
      second.body.errors.map((one: { pointer: string; code: string }) => [one.pointer, one.code]),
    ).toEqual([
      ['/options/keys/0', 'masked_unknown'],
      ['/options/secret', 'option_invalid'],
      ['/options/tone', 'option_invalid'],
      ['/options/ton', 'option_unknown'],
    ])
    expect(live.current).toBe(before)
    const rule = { name: 'r', on: 'bell', when: 'loud &&', run: ['deploy', 'depoy'] }
    const third = await call('POST', '/api/config/rules', { body: rule })
    expect(third.body.errors).toMatchObject([
      {
        pointer: '/run/1',
        code: 'program_unknown',
        given: '"depoy"',
        remedy: expect.stringContaining('deploy'),
      },
      { pointer: '/when', code: 'condition_invalid' },
    ])
  })

  it('names the place of a fault that is outside the request', async () => {
    const { call, folder } = await open()
    await call('POST', '/api/config/webhooks', { body: DOOR })
    folder.write('webhooks.d/broken.json', { rules: [{ on: 'bell', run: 'nobody' }] })
    const { status, body } = await call('POST', '/api/config/rules', { body: RULE })
    expect(status).toBe(422)
    expect(body.errors).toMatchObject([
      { pointer: null, place: 'webhooks.d/broken.json: rules[0].run', code: 'program_unknown' },
    ])
  })

  it('changes nothing in a dry run, and shows the expected result', async () => {
    const { call, live, store } = await open()
    const before = live.current
    const dry = await call('POST', '/api/config/webhooks?dryRun=true', { body: DOOR })
    expect([dry.status, dry.headers.get('location')]).toEqual([200, null])
    expect(dry.body).toMatchObject({
      name: 'door',
      options: { secret: MASK },
      version: null,
      dryRun: true,
    })
    const wrong = await call('POST', '/api/config/webhooks?dryRun=true', {
      body: { ...DOOR, use: 'bel' },
    })
    expect(wrong.status).toBe(422)
    expect(live.current).toBe(before)
    expect(await store.documentsVersion()).toBe(0)
    expect(await store.auditEntries({ limit: 10 })).toEqual([])
    const made = await call('POST', '/api/config/webhooks', { body: DOOR })
    const headers = { 'if-match': made.headers.get('etag') ?? '' }
    const deleted = await call('DELETE', '/api/config/webhooks/door?dryRun=true', { headers })
    expect(deleted.body).toMatchObject({ name: 'door', dryRun: true })
    expect((await call('GET', '/api/config/webhooks/door')).status).toBe(200)
  })

  it('does not delete a part that a rule uses', async () => {
    const { call } = await open()
    await call('POST', '/api/config/webhooks', { body: DOOR })
    await call('POST', '/api/config/rules', { body: RULE })
    const headers = { 'if-match': '*' }
    const refused = await call('DELETE', '/api/config/webhooks/door', { headers })
    expect([refused.status, refused.body.code]).toEqual([409, 'config_in_use'])
    expect(refused.body.detail).toMatch(/'mine'/)
    expect((await call('DELETE', '/api/config/rules/mine', { headers })).status).toBe(200)
    expect((await call('DELETE', '/api/config/webhooks/door', { headers })).status).toBe(200)
  })

  it('does not change a part of a file', async () => {
    const { call } = await open()
    for (const [method, path, body, headers] of [
      ['POST', '/api/config/webhooks', { ...DOOR, name: 'bell' }, {}],
      ['PUT', '/api/config/webhooks/bell', { use: 'bell', options: {} }, { 'if-match': '*' }],
      ['DELETE', '/api/config/webhooks/bell', undefined, { 'if-match': '*' }],
    ] as const) {
      const answered = await call(method, path, { body, headers })
      expect([answered.status, answered.body.code]).toEqual([409, 'config_from_file'])
      expect(answered.body.detail).toMatch(/in webhook\.config\.json$/)
    }
    const rule = await call('DELETE', '/api/config/rules/dropped', { headers: { 'if-match': '*' } })
    expect(rule.body.detail).toMatch(/in webhooks\.d\/more\.yaml$/)
  })
})
