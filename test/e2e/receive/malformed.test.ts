import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../service.ts'
import { deliver, expectAlive, SECRET, startLimitedService } from './limited-service.ts'

let service: Awaited<ReturnType<typeof startLimitedService>>

beforeAll(async () => {
  service = await startLimitedService()
})
afterAll(async () => {
  await service.stop()
  service.remove()
})

const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
const deepKeys = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`

describe('signed nonsense gets a clear answer', () => {
  it.each<{ what: string; body: string | Uint8Array<ArrayBuffer>; status: number; code: string }>([
    { what: 'malformed JSON', body: '{"a":', status: 400, code: 'delivery_unparsable' },
    { what: 'an empty body', body: '', status: 400, code: 'delivery_unparsable' },
    {
      what: 'invalid UTF-8',
      body: Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d),
      status: 400,
      code: 'delivery_unparsable',
    },
    { what: 'deep arrays', body: deep, status: 400, code: 'delivery_unparsable' },
    { what: 'deep objects', body: deepKeys, status: 400, code: 'delivery_unparsable' },
  ])('$what', async ({ body, status, code }) => {
    const answer = await deliver(service.url, { body })
    expect({ status: answer.status, ...((await answer.json()) as object) }).toMatchObject({
      status,
      code,
    })
    await expectAlive(service.url)
  })

  it.each([
    { what: 'a compressed body', headers: { 'content-encoding': 'gzip' }, status: 415 },
    {
      what: 'an unknown content type',
      headers: { 'content-type': 'application/x-nonsense' },
      status: 415,
    },
    { what: 'a short signature', headers: { 'x-hub-signature-256': 'sha256=abcd' }, status: 401 },
    {
      what: 'a long signature',
      headers: { 'x-hub-signature-256': `sha256=${'a'.repeat(8000)}` },
      status: 401,
    },
    {
      what: 'no hex at all',
      headers: { 'x-hub-signature-256': `sha256=${'z'.repeat(64)}` },
      status: 401,
    },
    { what: 'an empty signature', headers: { 'x-hub-signature-256': '' }, status: 401 },
  ])('$what', async ({ headers, status }) => {
    const answer = await deliver(service.url, { body: '{}', headers })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    await expectAlive(service.url)
  })

  it('keys of the prototype stay plain data', async () => {
    const body =
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"n":12345678901234567890}'
    const answer = await deliver(service.url, { body })
    expect(answer.status).toBe(202)
    const { tasks } = (await answer.json()) as { tasks: { id: string }[] }
    const task = await until(
      () => service.get<{ state: string; log: { text: string }[] }>(`/api/tasks/${tasks[0]?.id}`),
      ({ state }) => state === 'succeeded',
    )
    // The program gets the payload to the letter, large numbers too.
    expect(task.log.map((chunk) => chunk.text).join('')).toContain(`"payload":${body}`)
  })
})

describe('requests that are not deliveries', () => {
  it.each([
    {
      what: 'an unknown source',
      path: '/api/webhooks/nobody',
      status: 404,
      code: 'source_unknown',
    },
    {
      what: 'a name of the prototype',
      path: '/api/webhooks/__proto__',
      status: 404,
      code: 'source_unknown',
    },
    {
      what: 'a path that climbs',
      path: '/api/webhooks/..%2f..%2fetc',
      status: 400,
      code: 'path_ambiguous',
    },
    { what: 'a broken escape', path: '/api/webhooks/%ff', status: 404, code: 'source_unknown' },
    { what: 'nowhere', path: '/api/nothing', status: 404, code: 'not_found' },
  ])('$what', async ({ path, status, code }) => {
    const answer = await fetch(`${service.url}${path}`, { method: 'POST', body: '{}' })
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ code })
  })

  it('GET is not for deliveries', async () => {
    const answer = await fetch(`${service.url}/api/webhooks/github`)
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('POST')
  })

  it('a sender outside the allow list is refused like any other', async () => {
    const answer = await deliver(service.url, {
      source: 'fenced',
      body: '{}',
      headers: { 'x-webhook-token': SECRET, 'x-forwarded-for': '192.0.2.1' },
    })
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({
      code: 'delivery_refused',
      detail: 'The sender could not be verified',
    })
  })

  it('too many in a second are told when to come back', async () => {
    const send = () =>
      deliver(service.url, { source: 'slow', body: '{}', headers: { 'x-webhook-token': SECRET } })
    const answers = [await send(), await send()]
    expect(answers.map((answer) => answer.status)).toEqual([202, 429])
    expect(Number(answers[1]?.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})
