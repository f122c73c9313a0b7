import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder, PYTHON, type Service, startService } from '../service.ts'

const python = (code: string) => JSON.stringify([PYTHON, '-u', '-c', code])

const CONFIG = `
import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'

const failing = ${python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(int(sys.argv[1]))")}
export default defineConfig({
  sources: {
    hook: custom({
      token: env('TOKEN'),
      path: '/hooks/deploy%20it',
      methods: ['GET', 'POST', 'PUT'],
      answers: {
        unmatched: { body: 'Nothing to do.', headers: { 'X-Why': 'no rule' } },
        refused: { status: 500, body: 'Not you.' },
      },
      type: { path: 'kind' },
    }),
  },
  programs: {
    echo: subprocess({ command: ${python("import os; print(os.environ['REF'])")}, variables: { REF: { name: 'request.query.ref', default: 'none' } } }),
    fail: subprocess({ command: failing, params: ['code'], retry: { attempts: 1 } }),
    slow: subprocess({ command: ${python('import time; time.sleep(600)')} }),
  },
  rules: [
    { on: 'hook.fixed', run: 'echo', answer: { status: 201, headers: { 'X-A': 'b' }, body: 'Got it: {{}}' } },
    { on: 'hook.template', run: 'echo', answer: { body: '{name} at {request.path} of {request.headers.x-from}' } },
    { on: 'hook.empty', run: 'echo', answer: { status: 204, body: 'never sent' } },
    { on: 'hook.missing', run: 'echo', answer: { body: '{absent}' } },
    { on: 'hook.event', when: "request.query[?'ref'].orValue('') == 'main'", run: 'echo', answer: { wait: 60, status: 203 } },
    { on: 'hook.fail', run: 'fail', answer: { wait: 60, output: 'all', headers: { 'X-A': 'b' }, exitCodes: { 3: 422 }, failed: { status: 502 } } },
    { on: 'hook.hide', run: 'fail', answer: { wait: 60, failed: { body: 'It failed with {code}.' } } },
    { on: 'hook.late', run: 'slow', answer: { wait: 1, late: { status: 504, body: 'Later.' } } },
  ],
})
`

let service: Service
let remove: () => void

beforeAll(async () => {
  const made = makeFolder(CONFIG)
  remove = made.remove
  service = await startService({ folder: made.folder, env: { TOKEN: 'the-token' } })
}, 40_000)
afterAll(async () => {
  await service.kill()
  remove()
})

async function send(
  body: object | null,
  { query = '', token = 'the-token', method = 'POST' } = {},
) {
  const answer = await fetch(`${service.url}/hooks/deploy%20it${query}`, {
    method,
    headers: { 'x-webhook-token': token, 'x-from': 'there', 'content-type': 'application/json' },
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  })
  const { status, headers } = answer
  return { status, headers, text: await answer.text() }
}

describe('the answer of a rule', { timeout: 60_000 }, () => {
  it.each([
    ['fixed', 201, 'Got it: {}'],
    ['template', 202, 'a at /hooks/deploy%20it of there'],
    ['empty', 204, ''],
  ])('%s', async (kind, status, text) => {
    const answer = await send({ kind, name: 'a' })
    expect(answer).toMatchObject({ status, text })
    expect(answer.headers.get('x-hookline-task')).toMatch(/^tsk_/)
    if (kind === 'fixed') expect(answer.headers.get('x-a')).toBe('b')
  })

  it('is the usual one where its template fails: the delivery is committed', async () => {
    const answer = await send({ kind: 'missing' })
    expect(answer.status).toBe(202)
    expect(JSON.parse(answer.text)).toMatchObject({ tasks: [{ program: 'echo' }] })
  })

  it('has the output with the status of the exit code', async () => {
    expect(await send({ kind: 'fail', code: 3 })).toMatchObject({ status: 422 })
    const answer = await send({ kind: 'fail', code: 1 })
    expect(answer.status).toBe(502)
    expect(answer.text.split('\n').toSorted()).toEqual(['', 'err', 'out'])
    expect(answer.headers.get('x-a')).toBe('b')
    expect(answer.headers.get('x-hookline-exit-code')).toBe('1')
  })

  it('hides the output of a failure, and says when it is late', async () => {
    expect(await send({ kind: 'hide', code: 7 })).toMatchObject({
      status: 500,
      text: 'It failed with 7.',
    })
    expect(await send({ kind: 'late' })).toMatchObject({ status: 504, text: 'Later.' })
  })
})

describe('a source with a path and answers of its own', { timeout: 60_000 }, () => {
  it('takes the methods that it names', async () => {
    const got = await send(null, { query: '?ref=main&ref=other', method: 'GET' })
    expect(got).toMatchObject({ status: 203, text: 'main\n' })
    expect((await send({ kind: 'event' }, { query: '?ref=main', method: 'PUT' })).status).toBe(203)
    expect((await send({ kind: 'event' }, { method: 'DELETE' })).status).toBe(405)
  })

  it('answers what no rule matches, and who could not be verified', async () => {
    const unmatched = await send({ kind: 'event' }, { query: '?ref=dev' })
    expect(unmatched).toMatchObject({ status: 200, text: 'Nothing to do.' })
    expect(unmatched.headers.get('x-why')).toBe('no rule')
    const delivery = unmatched.headers.get('hookline-delivery')
    const explained = await service.get<{
      events: { rules: { current: { clauses: unknown } }[] }[]
    }>(`/api/deliveries/${delivery}/explain`)
    expect(JSON.stringify(explained.events[0]?.rules[0]?.current.clauses)).toContain('dev')

    const refused = await send({ kind: 'fixed' }, { token: 'wrong' })
    expect(refused).toMatchObject({ status: 500, text: 'Not you.' })
    const record = await service.get<{ outcome: string; path: string }>(
      `/api/deliveries/${refused.headers.get('hookline-delivery')}`,
    )
    expect(record).toMatchObject({ outcome: 'refused', path: '/hooks/deploy%20it' })
  })

  it('is still at its usual path, and nothing else is near its own', async () => {
    const usual = await fetch(`${service.url}/api/webhooks/hook`, {
      method: 'POST',
      headers: { 'x-webhook-token': 'the-token', 'content-type': 'application/json' },
      body: '{"kind":"fixed"}',
    })
    expect(usual.status).toBe(201)
    for (const path of ['/hooks/deploy%20it/', '/hooks/deploy', '/hooks']) {
      expect((await fetch(service.url + path, { method: 'POST' })).status, path).toBe(404)
    }
  })
})
