import { makeRun, type RunSettings } from 'hookline/testing'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signerOf } from '../../../../plugins/executors/http/sign.ts'
import {
  type Counterpart,
  createHttp,
  createLocalHttp,
  NOW,
  startCounterpart,
} from './counterpart.ts'

type Options = Readonly<Record<string, unknown>>

let server: Counterpart
beforeAll(async () => {
  server = await startCounterpart()
})
afterAll(() => server[Symbol.asyncDispose]())

const PAYLOAD = {
  ref: 'refs/heads/main',
  name: 'a b/c?d#e&f=ü%',
  commits: [{ id: 'a' }],
  n: 1.5,
  dots: '..',
}
const EVENT: RunSettings = {
  type: 'push',
  facts: { branch: 'main', crlf: 'a\r\nX-Injected: 1', note: 'ünï 日本' },
  payload: PAYLOAD,
}

/** Sends one request and gives what arrived, or the outcome where none did. */
async function send(path: string, options: Options = {}, settings: RunSettings = EVENT) {
  const before = server.seen.length
  const executor = createLocalHttp({ url: `${server.origin}${path}`, ...options })
  const outcome = await executor.run(makeRun(settings).run)
  await executor.close?.()
  return { outcome, seen: server.seen[before] }
}

describe('what is sent', () => {
  it('is the event by POST', async () => {
    const { seen, outcome } = await send('/hook', {}, { ...EVENT, stdin: '{"the":"event"}' })
    expect(outcome.status).toBe('succeeded')
    expect(seen).toMatchObject({ method: 'POST', url: '/hook', body: '{"the":"event"}' })
    expect(seen?.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': '15',
      'user-agent': 'Hookline',
    })
  })

  it.each<[unknown, string, string | undefined]>([
    ['payload', JSON.stringify(PAYLOAD), 'application/json'],
    ['none', '', undefined],
    [{ text: 'On {branch}: {note}' }, 'On main: ünï 日本', 'text/plain; charset=utf-8'],
    [{ text: { cel: "branch + '!'" } }, 'main!', 'text/plain; charset=utf-8'],
    [
      { json: { text: '{branch}', ids: { cel: 'payload.commits.map(c, c.id)' } } },
      '{"text":"main","ids":["a"]}',
      'application/json',
    ],
    [{ json: { key: '{secret.key}' } }, '{"key":"s3/cret"}', 'application/json'],
    [{ json: null }, 'null', 'application/json'],
  ])('body %j', async (body, expected, type) => {
    const { seen } = await send('/', { body, secrets: { key: 's3/cret' } })
    expect(seen?.body).toBe(expected)
    expect(seen?.headers['content-type']).toBe(type)
  })

  it('keeps every digit of a number in the payload', async () => {
    const stdin = '{"payload":{"id":12345678901234567890,"ratio":1.50}}'
    const { seen } = await send('/', { body: 'payload' }, { ...EVENT, stdin })
    expect(seen?.body).toBe('{"id":12345678901234567890,"ratio":1.50}')
  })

  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS'])(
    '%s has no body unless it is said',
    async (method) => {
      const { seen } = await send('/', { method })
      expect(seen).toMatchObject({ method, body: '' })
    },
  )

  it.each<[string, string]>([
    ['/{branch}/{payload.ref}', '/main/refs%2Fheads%2Fmain'],
    ['/x?name={name}&t={event.type}', '/x?name=a%20b%2Fc%3Fd%23e%26f%3D%C3%BC%25&t=push'],
    ['/{secret.path}?{secret.query}', '/a/b?token=x'],
    ['/x#{branch}', '/x'],
  ])('the URL %s becomes %s', async (path, expected) => {
    const { seen } = await send(path, { secrets: { path: 'a/b', query: 'token=x' } })
    expect(seen?.url).toBe(expected)
  })

  it('has the headers given, in UTF-8', async () => {
    const headers = {
      'X-Branch': ' {branch} ',
      'x-note': '{note}',
      'X-Cel': { cel: 'size(branch)' },
    }
    const { seen } = await send('/', { headers })
    expect(seen?.headers).toMatchObject({ 'x-branch': 'main', 'x-cel': '4' })
    const note = seen?.headers['x-note']
    expect(Buffer.from(String(note), 'latin1').toString()).toBe('ünï 日本')
  })

  it.each<[Options, string]>([
    [{ bearer: 'tökén' }, `Bearer ${Buffer.from('tökén').toString('latin1')}`],
    [
      { basic: { user: 'ann', password: 'p:ä' } },
      `Basic ${Buffer.from('ann:p:ä').toString('base64')}`,
    ],
    [{ headers: { Authorization: 'Token {secret.t}' }, secrets: { t: 'x' } }, 'Token x'],
  ])('%j authorizes', async (options, expected) => {
    expect((await send('/', options)).seen?.headers.authorization).toBe(expected)
  })
})

describe('what an event does not allow', () => {
  it.each<[string, Options, RegExp]>([
    ['/{missing}', {}, /^param_missing: .*`\{missing\}` in `url`/],
    ['/', { headers: { 'X-A': '{payload.nope}' } }, /^param_missing: .*`headers\.X-A`/],
    ['/', { body: { json: { a: ['{nope}'] } } }, /^param_missing: .*`body\.json\.a\[0\]`/],
    ['/', { body: { text: { cel: 'payload.nope' } } }, /^expression_failed: .*`body\.text`/],
    ['/', { headers: { 'X-A': '{crlf}' } }, /^param_refused: .*`headers\.X-A`/],
    ['/repos/{dots}/x', {}, /^param_refused: .*`url`/],
    ['/repos/{dots}', {}, /^param_refused: .*`url`/],
    ['/repos/.{n}{dots}', {}, /^sent$/],
  ])('%s %j is a final failure', async (path, options, reason) => {
    const { outcome, seen } = await send(path, options)
    if (reason.source === '^sent$') {
      expect(seen?.url).toBe('/repos/.1.5..')
      return
    }
    expect(outcome).toMatchObject({ status: 'failed', retryable: false })
    expect(outcome).toHaveProperty('reason', expect.stringMatching(reason))
    expect(JSON.stringify(outcome)).not.toMatch(/Injected|refs\/heads/)
    expect(seen).toBeUndefined()
  })
})

describe('what is wrong when the config is loaded', () => {
  it.each<[Options, RegExp]>([
    [{ url: 'http://example.com/' }, /allowHttp/],
    [{ url: 'ftp://example.com/' }, /`url` must begin/],
    [{ url: 'example.com/' }, /`url` must begin/],
    [{ url: 'https://{host}/' }, /`url` must begin/],
    [{ url: 'https://example.com{path}' }, /end the host/],
    [{ url: 'https://example.com:{port}/' }, /end the host|no valid URL/],
    [{ url: 'https://a.{branch}.example.com/' }, /end the host/],
    [{ url: 'https://user:hidden@example.com/' }, /use `basic`/],
    [{ url: 'https://example.com:99999/' }, /no valid URL/],
    [{ url: 'https://example.com/a/../b' }, /`\.\.`/],
    [{ url: 'https://example.com/{' }, /`\{` at character 21/],
    [{ url: 'https://example.com/{secret.a}' }, /not in `secrets`/],
    [{ headers: { Host: 'x' } }, /`headers\.Host` is set by/],
    [{ headers: { 'Content-Length': '1' } }, /is set by the connection/],
    [{ headers: { 'X-A': '1', 'x-a': '2' } }, /given twice/],
    [{ headers: { 'X-A': 'a\nb' } }, /control character/],
    [{ headers: { 'X A': '1' } }, /header name/],
    [{ headers: { 'webhook-id': '1' }, sign: { secret: 'x' } }, /set by `sign`/],
    [{ headers: { authorization: '1' }, bearer: 'x' }, /set by `bearer`/],
    [{ bearer: 'x', basic: { user: 'a', password: 'b' } }, /beside `bearer`/],
    [{ bearer: 'a\r\nb' }, /control character/],
    [{ method: 'GET', body: 'event' }, /carry no body/],
    [{ body: { json: { a: '{' } } }, /`body\.json\.a`/],
    [{ body: { json: { cel: '1 +' } } }, /`body\.json` is no template/],
    [{ body: { json: 1, text: '' } }, /.*/],
    [{ sign: { secret: 'whsec_###' } }, /whsec_/],
    [{ retryStatuses: ['6xx'] }, /class/],
    [{ allowPrivate: ['10.0.0.0/99'] }, /`allowPrivate`/],
  ])('%j', (options, message) => {
    const create = () => createHttp({ url: 'https://example.com/', ...options })
    expect(create).toThrow(message)
    expect(create).not.toThrow(/hidden/)
  })
})

describe('signatures', () => {
  const secret = `whsec_${Buffer.from('a key of thirty-two random bytes').toString('base64')}`

  it.each<[string, string | string[], Webhook]>([
    ['a whsec_ secret', secret, new Webhook(secret)],
    ['any text', 'plain text', new Webhook('plain text', { format: 'raw' })],
    ['the old of two secrets', ['new one', secret], new Webhook(secret)],
    ['the new of two secrets', ['new one', secret], new Webhook('new one', { format: 'raw' })],
  ])('verify with %s', async (_what, given, webhook) => {
    const { seen } = await send('/', {
      sign: { secret: given },
      body: { json: { note: '{note}' } },
    })
    const headers = signatureHeaders(seen?.headers)
    expect(headers['webhook-id']).toBe(makeRun().run.taskId)
    expect(headers['webhook-timestamp']).toBe(String(NOW / 1000))
    // The package goes by the real time, so the signature alone is compared.
    expect(headers['webhook-signature'].split(' ')).toContain(
      webhook.sign(headers['webhook-id'], new Date(NOW), seen?.body ?? ''),
    )
  })

  it('pass the check of a receiver', () => {
    const body = '{"note":"ünï"}'
    const headers = { ...signerOf([secret])({ id: 'tsk_1', now: Date.now(), body }) }
    expect(new Webhook(secret).verify(body, headers)).toEqual({ note: 'ünï' })
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow(/signature/)
  })

  it('keep their id at each attempt', async () => {
    const ids = [1, 2].map(async (attempt) => {
      const { seen } = await send('/', { sign: { secret } }, { ...EVENT, attempt })
      return seen?.headers['webhook-id']
    })
    expect(new Set(await Promise.all(ids)).size).toBe(1)
  })
})

function signatureHeaders(headers: Readonly<Record<string, unknown>> = {}) {
  return {
    'webhook-id': String(headers['webhook-id']),
    'webhook-timestamp': String(headers['webhook-timestamp']),
    'webhook-signature': String(headers['webhook-signature']),
  }
}
