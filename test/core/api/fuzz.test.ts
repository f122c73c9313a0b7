import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ADMIN_TOKEN } from './app.ts'
import { open } from './config/app.ts'
import { headers, json, rawQuery, segment, WORDS, wellFormed, word } from './fuzz-inputs.ts'

type App = Awaited<ReturnType<typeof open>>['app']

const LIMIT_MS = 55_000
/** The same cases each time; another number finds others. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 1)
/** Every route there is, also those to come. */
function routesOf(app: App): readonly { method: string; path: string }[] {
  const all = app.routes.filter(({ method }) => method !== 'ALL')
  const known = new Map(all.map(({ method, path }) => [`${method} ${path}`, { method, path }]))
  return [...known.values()]
}

async function look(app: App, path: string, init: RequestInit): Promise<number> {
  if (!URL.canParse(`http://localhost${path}`)) return 0
  const given = new Headers(init.headers)
  if (!given.has('authorization')) given.set('authorization', `Bearer ${ADMIN_TOKEN}`)
  const response = await app.request(path, { ...init, headers: given })
  if (response.headers.get('content-type') === 'text/event-stream') {
    await response.body?.cancel()
    return response.status
  }
  const text = await response.text()
  const answer = `${init.method} ${path.slice(0, 200)} → ${response.status} ${text.slice(0, 300)}`
  if (response.status >= 500 && response.status !== 503) throw new Error(answer)
  if (response.status >= 400) {
    expect(response.headers.get('content-type'), answer).toBe('application/problem+json')
    const problem = JSON.parse(text)
    expect(problem, answer).toMatchObject({
      status: response.status,
      code: expect.any(String),
      remedy: expect.any(String),
    })
  }
  return response.status
}

describe('the API under random requests', () => {
  it('answers every path and query, and never with 500', { timeout: LIMIT_MS }, async () => {
    const { app, folder } = await open()
    const route = fc.constantFrom(...routesOf(app))
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD')
    const request = fc.record({
      route,
      segments: fc.array(segment, { minLength: 3, maxLength: 3 }),
      query: rawQuery,
      headers,
      other: fc.option(method, { freq: 4 }),
    })
    await fc.assert(
      fc.asyncProperty(request, async ({ route, segments, query, headers, other }) => {
        const [one = 'x', ...more] = segments
        const path = route.path.replace(/:\w+/, one).replace(/:\w+/, more[0] ?? 'y')
        const method = other ?? route.method
        if (method === 'HEAD') return
        await look(app, path + query, { method, headers: headers as Record<string, string> })
      }),
      { numRuns: 3000, seed: SEED },
    )
    expect(folder.logged.filter(({ message }) => message === 'request failed')).toEqual([])
  })

  it('answers every body that is not JSON or not valid', {
    timeout: LIMIT_MS,
  }, async () => {
    const { app, folder } = await open()
    const route = fc.constantFrom(
      ...routesOf(app).filter(({ method }) => method === 'POST' || method === 'PUT'),
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }).map((one) => Buffer.from(one)),
      fc.uint8Array({ maxLength: 200 }).map((one) => Buffer.from(one)),
      fc
        .constantFrom(
          '',
          '{',
          '[[[[',
          '{"a":1,"a":2}',
          '{"__proto__":1}',
          '['.repeat(5000),
          '"\\ud800"',
          '\u{feff}{}',
          '1e999',
        )
        .map((one) => Buffer.from(one)),
      json
        .filter((one) => typeof one !== 'object' || Array.isArray(one))
        .map((one) => Buffer.from(JSON.stringify(one))),
    )
    const type = fc.constantFrom(
      'application/json',
      'application/json',
      'application/json; charset=utf-8',
      'text/plain',
      'application/json/x',
      '',
    )
    await fc.assert(
      fc.asyncProperty(fc.record({ route, body: text, type }), async ({ route, body, type }) => {
        const path = route.path.replace(/:\w+/g, 'door')
        const { method } = route
        await look(app, path, { method, body, headers: { 'content-type': type, 'if-match': '*' } })
      }),
      { numRuns: 1200, seed: SEED },
    )
    expect(folder.logged.filter(({ message }) => message === 'request failed')).toEqual([])
  })

  it('answers every form of a part', { timeout: LIMIT_MS }, async () => {
    const { app, folder, live } = await open({ managed: { programs: true } })
    const part = fc.constantFrom(
      ...[
        { list: 'webhooks', form: { use: 'bell', options: { secret: 'x' } } },
        { list: 'programs', form: { use: 'echo' } },
        { list: 'rules', form: { on: 'bell', run: 'deploy' } },
      ],
    )
    const request = fc.record({
      part,
      name: fc.oneof(fc.constantFrom('a', 'b', 'bell', 'hookline', 'constructor'), word),
      more: fc.dictionary(fc.constantFrom(...WORDS), json, { maxKeys: 3, noNullPrototype: true }),
      method: fc.constantFrom('POST', 'PUT', 'DELETE'),
      headers,
      dryRun: fc.constantFrom('', '?dryRun=true', '?dryRun=false'),
    })
    const seen = new Set<number>()
    await fc.assert(
      fc.asyncProperty(request, async ({ part, name, more, method, headers, dryRun }) => {
        const own = method === 'POST' ? '' : `/${encodeURIComponent(wellFormed(name)) || 'x'}`
        const body = JSON.stringify({
          ...part.form,
          ...(method === 'POST' ? { name } : {}),
          ...more,
        })
        const init = { method, ...(method === 'DELETE' ? {} : { body }) }
        const given = { ...(headers as Record<string, string>), 'content-type': 'application/json' }
        seen.add(
          await look(app, `/api/config/${part.list}${own}${dryRun}`, { ...init, headers: given }),
        )
      }),
      { numRuns: 500, seed: SEED },
    )
    expect([...seen]).toEqual(expect.arrayContaining([200, 201, 412, 422, 428]))
    expect(folder.logged.filter(({ message }) => message === 'request failed')).toEqual([])
    // What came through is a config that loads.
    expect(await live.reload()).toEqual({ ok: true })
  })
})
