import { createHash } from 'node:crypto'
import { twilio } from 'hookline/sources'
import { makeContext, makeDelivery, type SourceAdapter, testSource } from 'hookline/testing'
import sdk from 'twilio'
import { describe, expect, it } from 'vitest'

const { getExpectedTwilioSignature, validateRequest } = sdk
const FORM = 'application/x-www-form-urlencoded'
const URL_CALLED = 'https://hooks.example.com/webhooks/twilio?part=1'
const TOKEN = '12345'

const message = new URLSearchParams({
  MessageSid: 'SM1234567890abcdef1234567890abcdef',
  AccountSid: 'AC1234567890abcdef1234567890abcdef',
  From: '+15017122661',
  To: '+15558675310',
  Body: 'Deploy, please: 100% äöü & more',
  SmsStatus: 'received',
  NumMedia: '0',
}).toString()

const call = new URLSearchParams({
  CallSid: 'CA1234567890ABCDE',
  Caller: '+14158675309',
  Digits: '1234',
  From: '+14158675309',
  To: '+18005551212',
  CallStatus: 'in-progress',
}).toString()

const stream = JSON.stringify([
  {
    specversion: '1.0',
    type: 'com.twilio.messaging.message.delivered',
    source: '/2010-04-01/Accounts/AC1/Messages/SM1.json',
    id: 'EZ1',
    data: { accountSid: 'AC1' },
  },
  { specversion: '1.0', type: 'com.twilio.voice.status', source: '/x', id: 'EZ2', data: {} },
])

// The body of a form is read as Express, which Twilio's library works with, reads it.
function fieldsOf(body: string): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {}
  const form = new URLSearchParams(body)
  for (const name of new Set(form.keys())) {
    const values = form.getAll(name)
    fields[name] = values.length === 1 ? (values[0] ?? '') : values
  }
  return fields
}

function isForm(body: Uint8Array): boolean {
  return /^[A-Z][A-Za-z]+=/.test(Buffer.from(body).toString())
}

const adapter: SourceAdapter = {
  definition: twilio.definition,
  secrets: [TOKEN, 'the secondary auth token'],
  options: (authToken) => ({ authToken }),
  embedProof: (draft) => {
    if (isForm(draft.body)) return draft
    const hash = createHash('sha256').update(draft.body).digest('hex')
    return { ...draft, url: `${draft.url}&bodySHA256=${hash}` }
  },
  sign: ({ body, url }, secret) => {
    const fields = isForm(body) ? fieldsOf(Buffer.from(body).toString()) : {}
    const signature = getExpectedTwilioSignature(secret, url, fields)
    return { 'X-Twilio-Signature': signature }
  },
  proofHeader: 'X-Twilio-Signature',
  coversBody: true,
  samples: [
    {
      event: 'message',
      body: message,
      contentType: FORM,
      type: 'message.received',
      facts: { from: '+15017122661', text: 'Deploy, please: 100% äöü & more', status: 'received' },
    },
    {
      event: 'call',
      body: call,
      contentType: FORM,
      type: 'call.in-progress',
      facts: { sid: 'CA1234567890ABCDE', digits: '1234' },
    },
    {
      event: 'stream',
      body: stream,
      contentType: 'application/json',
      type: 'com.twilio.messaging.message.delivered',
      facts: { account: 'AC1' },
    },
  ],
}

testSource({ describe, it }, adapter)

describe('twilio', () => {
  const source = twilio.definition.create(
    { authToken: [TOKEN], twiml: '<Response/>' },
    makeContext(),
  )
  const deliver = (
    body: string,
    settings: { url?: string; signature?: string; type?: string } = {},
  ) =>
    makeDelivery({
      url: settings.url ?? URL_CALLED,
      headers: {
        'content-type': settings.type ?? FORM,
        'X-Twilio-Signature': settings.signature ?? 'AAAA',
      },
      body,
    })

  it('accepts the example of the documents', () => {
    const url = 'https://mycompany.com/myapp.php?foo=1&bar=2'
    const body =
      'CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212'
    const signature = getExpectedTwilioSignature(TOKEN, url, fieldsOf(body))
    expect(signature).toBe('RSOYDt4T1cUTdK1PDd93/VVr8B8=')
    expect(source.verify(deliver(body, { url, signature }))).toEqual({ ok: true })
  })

  it.each([
    ['with a port, signed without', 'https://a.example:443/x', 'https://a.example/x'],
    ['without a port, signed with', 'https://a.example/x', 'https://a.example:443/x'],
    ['of another port', 'https://a.example:8443/x', 'https://a.example:8443/x'],
    ['of another port, signed without', 'https://a.example:8443/x?y=1', 'https://a.example/x?y=1'],
    ['of http', 'http://a.example/x', 'http://a.example:80/x'],
    ['with an apostrophe', "https://a.example/x?q='1'", "https://a.example/x?q='1'"],
    [
      'with an apostrophe, signed escaped',
      "https://a.example/x?q='1'",
      'https://a.example/x?q=%271%27',
    ],
    ['of another host', 'https://a.example/x', 'https://b.example/x'],
    ['of another path', 'https://a.example/x', 'https://a.example/y'],
  ])("agrees with Twilio's library on a URL %s", (_, called, signedUrl) => {
    const signature = getExpectedTwilioSignature(TOKEN, signedUrl, fieldsOf(call))
    const verdict = source.verify(deliver(call, { url: called, signature }))
    expect(verdict).toMatchObject({
      ok: validateRequest(TOKEN, signature, called, fieldsOf(call)),
    })
  })

  it('signs repeated fields as Twilio does', () => {
    const body = 'B=2&MediaUrl=b&MediaUrl=a&MediaUrl=b&A=1'
    const signature = getExpectedTwilioSignature(TOKEN, URL_CALLED, fieldsOf(body))
    expect(source.verify(deliver(body, { signature }))).toEqual({ ok: true })
  })

  it.each([
    ['a body that nothing signs', 'application/json', URL_CALLED, '{}', 'nothing signs it'],
    [
      'a body of another hash',
      'application/json',
      `${URL_CALLED}&bodySHA256=${'0'.repeat(64)}`,
      '{}',
      'does not match bodySHA256',
    ],
    [
      'a hash that is none',
      'application/json',
      `${URL_CALLED}&bodySHA256=`,
      '{}',
      'does not match bodySHA256',
    ],
  ])('refuses %s', (_, type, url, body, reason) => {
    const signature = getExpectedTwilioSignature(TOKEN, url, {})
    expect(source.verify(deliver(body, { url, signature, type }))).toEqual({
      ok: false,
      reason: expect.stringContaining(reason),
    })
  })

  it.each([
    ['MessageSid=SM1&MessageStatus=delivered', 'message.delivered', 'SM1:delivered'],
    ['CallSid=CA1&CallStatus=ringing', 'call.ringing', 'token-1'],
    ['RecordingSid=RE1&CallSid=CA1&RecordingStatus=completed', 'recording.completed', 'token-1'],
    [
      'ConferenceSid=CF1&StatusCallbackEvent=participant-join',
      'conference.participant-join',
      'token-1',
    ],
    ['ConversationSid=CH1&EventType=onMessageAdded', 'conversation.onMessageAdded', 'token-1'],
    ['Other=1', 'event', 'token-1'],
  ])('reads %s as %s', async (body, type, id) => {
    const headers = { 'content-type': FORM, 'i-twilio-idempotency-token': 'token-1' }
    expect(await source.parse(makeDelivery({ headers, body }))).toMatchObject([{ type, id }])
  })

  it('makes each item of a stream an event', async () => {
    expect(await source.parse(deliver(stream, { type: 'application/json' }))).toMatchObject([
      { type: 'com.twilio.messaging.message.delivered', id: 'EZ1' },
      { type: 'com.twilio.voice.status', id: 'EZ2' },
    ])
  })

  it('answers messages and calls with TwiML, streams with nothing', () => {
    expect(source.acknowledge?.(deliver(call))).toEqual({
      status: 200,
      headers: { 'content-type': 'text/xml; charset=utf-8' },
      body: '<Response/>',
    })
    expect(source.acknowledge?.(deliver(stream, { type: 'application/json' }))).toEqual({
      status: 204,
    })
  })
})

describe('the id of a message', () => {
  // Twilio joins names and values by nothing, so its form can be read in several ways. The id must not be one of them.
  const source = twilio.definition.create(
    { authToken: [TOKEN], twiml: '<Response/>' },
    makeContext(),
  )
  const sid = 'SM1234567890abcdef1234567890abcdef'
  const form = { Body: 'hi', MessageSid: sid, NumMedia: '0', SmsStatus: 'received', To: '+1' }
  const signature = getExpectedTwilioSignature(TOKEN, URL_CALLED, form)
  const verdictOf = (fields: Readonly<Record<string, string>>) =>
    source.verify(
      makeDelivery({
        url: URL_CALLED,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-twilio-signature': signature,
        },
        body: new URLSearchParams(fields).toString(),
      }),
    )

  it('takes the id of a message', () => {
    expect(verdictOf(form)).toEqual({ ok: true })
  })

  it.each([
    ['a hidden id', { Body: `hiMessageSid${sid}`, NumMedia: '0', SmsStatus: 'received', To: '+1' }],
    ['a longer id', { Body: 'hi', MessageSid: `${sid}NumMedia0`, SmsStatus: 'received', To: '+1' }],
    [
      'a shorter id',
      { Body: 'hi', MessageSid: sid.slice(0, 20), [`${sid.slice(20)}NumMedia`]: '0' },
    ],
    [
      'a status in a name',
      { Body: 'hi', MessageSid: sid, NumMedia: '0', SmsStatusr: 'eceived', To: '+1' },
    ],
    [
      'a status in a value',
      { Body: 'hi', MessageSid: sid, NumMedia: '0SmsStatusreceived', To: '+1' },
    ],
    ['a longer status', { Body: 'hi', MessageSid: sid, NumMedia: '0', SmsStatus: 'receivedTo+1' }],
    [
      'a shorter status',
      { Body: 'hi', MessageSid: sid, NumMedia: '0', SmsStatus: 'receive', dTo: '+1' },
    ],
  ])('refuses %s', (_, fields) => {
    expect(verdictOf(fields)).toMatchObject({ ok: false })
  })
})
