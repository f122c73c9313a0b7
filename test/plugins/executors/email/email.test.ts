import { makeRun, type RunSettings, testExecutor } from 'hookline/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createEmail,
  headersOf,
  local,
  type MailCounterpart,
  partsOf,
  reply,
  startMailServer,
} from './counterpart.ts'

type Options = Readonly<Record<string, unknown>>

let server: MailCounterpart
beforeAll(async () => {
  server = await startMailServer({
    onRcptTo: ({ address }, _session, callback) => {
      const code = Number(/^code(\d+)@/.exec(address)?.[1] ?? 0)
      callback(code === 0 ? null : reply(code, `no\tsuch user <${address}>`))
    },
  })
})
afterAll(() => server[Symbol.asyncDispose]())

const EVENT: RunSettings = {
  type: 'push',
  facts: { branch: 'main', author: 'Zoë 🎣', lines: 'one\r\nBcc: eve@example.com\r\n\r\ntwo' },
  payload: { html: `<b title="x">'&'</b>`, title: 'Ünï', id: 1 },
}

async function send(options: Options, settings: RunSettings = EVENT) {
  const before = server.mails.length
  const made = makeRun(settings)
  const outcome = await createEmail({ smtp: local(server), ...options }).run(made.run)
  return { outcome, mail: server.mails[before], made }
}

describe('email passes the executor contract', () => {
  const to = (address: string) => () => createEmail({ smtp: local(server), to: address })
  const noProcess = { skip: 'mail has no arguments, variables or processes' }
  testExecutor(
    { describe, it },
    {
      stopSeconds: 3,
      programs: {
        succeed: to('ann@example.com'),
        fail: to('code451@example.com'),
        'fail-for-good': to('code550@example.com'),
        sleep: {
          skip: 'what it does cannot be seen before its end; its stop has a test of its own',
        },
        stubborn: noProcess,
        linger: noProcess,
        flood: noProcess,
        'invalid-utf8': noProcess,
        'close-output': noProcess,
        'hash-input': noProcess,
        'ignore-input': to('ann@example.com'),
        'echo-args': noProcess,
        'echo-env': noProcess,
      },
    },
  )
})

describe('what is sent', () => {
  it('goes to all recipients, bcc unseen', async () => {
    const { outcome, mail, made } = await send({
      to: ['Ann <ann@example.com>', 'bob@example.com, "C, D" <cd@example.com>'],
      cc: 'eve@example.com',
      bcc: 'unseen@example.com',
      replyTo: 'team@example.com',
    })
    expect(outcome).toMatchObject({ status: 'succeeded', result: { rejected: [] } })
    expect(outcome.result).toMatchObject({ response: expect.stringContaining('taken as number 1') })
    expect(made.output().stdout.toString()).toContain('taken as number 1')
    expect(mail?.from).toBe('hooks@example.com')
    expect(mail?.to.toSorted()).toEqual(
      ['ann', 'bob', 'cd', 'eve', 'unseen'].map((name) => `${name}@example.com`),
    )
    const headers = headersOf(mail?.source ?? '')
    expect(headers.get('from')).toBe('Hookline <hooks@example.com>')
    expect(headers.get('to')).toBe(
      'Ann <ann@example.com>, bob@example.com, "C, D" <cd@example.com>',
    )
    expect(headers.get('reply-to')).toBe('team@example.com')
    expect(headers.get('auto-submitted')).toBe('auto-generated')
    expect(mail?.source).not.toContain('unseen')
  })

  it.each<[unknown, string]>([
    ['On {branch}', 'On main'],
    ['By {author}: {payload.title}', 'By Zoë 🎣: Ünï'],
    [{ cel: "'size ' + string(size(branch))" }, 'size 4'],
    ['{lines}', 'one Bcc: eve@example.com two'],
    ['{{{branch}}}', '{main}'],
  ])('has the subject %j as %j', async (subject, expected) => {
    const { mail } = await send({ subject })
    expect(headersOf(mail?.source ?? '').get('subject')).toBe(expected)
    expect(mail?.to).toEqual(['ann@example.com'])
    expect(headersOf(mail?.source ?? '').has('bcc')).toBe(false)
  })

  it('cuts a long subject', async () => {
    const { mail } = await send({ subject: '{branch}' }, { facts: { branch: '🎣'.repeat(1000) } })
    expect(headersOf(mail?.source ?? '').get('subject')).toBe(`${'🎣'.repeat(249)}…`)
  })

  it('has text, HTML with escaped values, and the payload', async () => {
    const { mail } = await send({
      text: 'By {author}\n.\n{payload.html}',
      html: '<p>{payload.html}</p>',
      attachPayload: true,
    })
    const parts = partsOf(mail?.source ?? '')
    expect(parts.get('text/plain')).toBe(`By Zoë 🎣\n.\n<b title="x">'&'</b>`)
    expect(parts.get('text/html')).toBe(
      '<p>&lt;b title=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/b&gt;</p>',
    )
    expect(JSON.parse(parts.get('application/json') ?? '')).toEqual(EVENT.payload)
  })

  it('keeps its Message-ID at each attempt', async () => {
    const first = await send({}, { ...EVENT, attempt: 1 })
    const second = await send({}, { ...EVENT, attempt: 2 })
    const id = `<${makeRun().run.taskId}@example.com>`
    expect(first.outcome.result).toMatchObject({ messageId: id })
    for (const { mail } of [first, second]) {
      expect(headersOf(mail?.source ?? '').get('message-id')).toBe(id)
    }
  })
})

describe('what is refused', () => {
  it.each<[number, boolean]>([
    [421, true],
    [450, true],
    [452, true],
    [503, true],
    [550, false],
    [554, false],
  ])('%i is tried again: %s', async (code, retryable) => {
    const { outcome, mail } = await send({ to: `code${code}@example.com` })
    const text = `${code} no such user <code${code}@example.com>`
    const reason = `mail to 127.0.0.1:${server.port} was answered: ${text}`
    expect(outcome).toMatchObject({ status: 'failed', retryable, reason })
    expect(mail).toBeUndefined()
  })

  it('of two recipients is told, and not sent again to the other', async () => {
    const { outcome, made } = await send({ to: ['ann@example.com', 'code550@example.com'] })
    expect(outcome).toMatchObject({
      status: 'succeeded',
      result: { accepted: ['ann@example.com'], rejected: ['code550@example.com'] },
    })
    expect(made.output().stderr.toString()).toBe('refused by the server: code550@example.com\n')
  })

  it.each<[Options, RegExp]>([
    [{ subject: '{missing}' }, /^param_missing: .*`subject`/],
    [{ text: '{payload.nope}' }, /^param_missing: .*`text`/],
    [{ html: '{payload.nope}' }, /^param_missing: .*`html`/],
    [{ text: { cel: 'payload.nope' } }, /^expression_failed: .*`text`/],
  ])('%j is a final failure', async (options, reason) => {
    const { outcome, mail } = await send(options)
    expect(outcome).toMatchObject({ status: 'failed', retryable: false })
    expect(outcome).toHaveProperty('reason', expect.stringMatching(reason))
    expect(mail).toBeUndefined()
  })
})

describe('what is wrong when the config is loaded', () => {
  it.each<[Options, RegExp]>([
    [{ from: 'nobody' }, /`from` must hold addresses/],
    [{ from: 'a@example.com, b@example.com' }, /`from` must be one/],
    [{ to: 'Ann' }, /`to` must hold addresses/],
    [{ to: 'a@example.com\r\nBcc: b@example.com' }, /`to` must hold addresses/],
    [{ to: '{payload.email}' }, /`to` must hold addresses/],
    [{ to: [] }, /to/],
    [{ cc: ['a@b@c'] }, /`cc` must hold addresses/],
    [{ subject: '{' }, /`subject`/],
    [{ text: undefined }, /or `html`/],
    [{ html: { cel: 'branch' } }, /html/],
    [{ smtp: {} }, /either `url` or `host`/],
    [{ smtp: { host: 'a', url: 'smtp://b' } }, /either `url` or `host`/],
    [{ smtp: { host: 'a', user: 'u' } }, /together/],
    [{ smtp: { url: 'smtp://b', port: 25 } }, /beside `url`/],
    [{ smtp: { url: 'http://hidden@b' } }, /`smtp\.url` must be/],
    [{ smtp: { url: 'smtp://u:hidden@b?logger=true' } }, /must end after the port/],
    [{ smtp: { url: 'smtp://u:hidden%zz@b' } }, /percent-encoded/],
  ])('%j', (options, message) => {
    const create = () => createEmail({ smtp: { host: 'localhost' }, ...options })
    expect(create).toThrow(message)
    expect(create).not.toThrow(/hidden/)
  })
})
