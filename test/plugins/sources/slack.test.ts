import { createHmac } from 'node:crypto'
import { verifySlackRequest } from '@slack/bolt/dist/receivers/verify-request.js'
import { slack } from 'hookline/sources'
import { makeContext, makeDelivery, type SourceAdapter, testSource } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import type { TaskReport } from '../../../core/sdk/source.ts'
import { slackReporter } from '../../../plugins/sources/slack/report.ts'
import { startReports } from '../../fixtures/providers/reports.ts'
import { PROVIDER_TOKEN } from '../../fixtures/providers/stand-ins.ts'

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5'
const FORM = 'application/x-www-form-urlencoded'

// Slack's library only verifies; so these lines are from its documents, and the library confirms them below.
function sign(body: Uint8Array, sentAt: Date, secret: string): Record<string, string> {
  const time = String(Math.floor(sentAt.getTime() / 1000))
  const mac = createHmac('sha256', secret).update(`v0:${time}:`).update(body).digest('hex')
  return { 'X-Slack-Signature': `v0=${mac}`, 'X-Slack-Request-Timestamp': time }
}

const mention = {
  team_id: 'T123ABC456',
  api_app_id: 'A123ABC456',
  event: {
    type: 'app_mention',
    user: 'U123ABC456',
    text: 'deploy <@U0LAN0Z89>',
    ts: '1515449522.000016',
    channel: 'C123ABC456',
    event_ts: '1515449522000016',
  },
  type: 'event_callback',
  event_id: 'Ev123ABC456',
  event_time: 1515449522000016,
}

const command = new URLSearchParams({
  token: 'x',
  team_id: 'T1DC2JH3J',
  channel_id: 'G8PSS9T3V',
  channel_name: 'releases',
  user_id: 'U2CERLKJA',
  user_name: 'roadrunner',
  command: '/deploy',
  text: 'main now',
  response_url: 'https://hooks.slack.com/commands/T1/2/3',
  trigger_id: '398738663015.47445629121.803a',
}).toString()

const button = new URLSearchParams({
  payload: JSON.stringify({
    type: 'block_actions',
    user: { id: 'U1', username: 'mona' },
    team: { id: 'T1' },
    channel: { id: 'C1' },
    api_app_id: 'A1',
    trigger_id: '12.34',
    response_url: 'https://hooks.slack.com/actions/1',
    actions: [{ action_id: 'approve', value: 'build-7', type: 'button' }],
  }),
}).toString()

const adapter: SourceAdapter = {
  definition: slack.definition,
  secrets: [SECRET, 'another signing secret'],
  options: (secret) => ({ secret }),
  sign: ({ body, sentAt }, secret) => sign(body, sentAt, secret),
  proofHeader: 'X-Slack-Signature',
  neededHeaders: ['X-Slack-Request-Timestamp'],
  coversBody: true,
  toleranceSeconds: 300,
  samples: [
    {
      event: 'app_mention',
      body: JSON.stringify(mention),
      type: 'app_mention',
      facts: { team: 'T123ABC456', user: 'U123ABC456', channel: 'C123ABC456', bot: null },
    },
    {
      event: 'command',
      body: command,
      contentType: FORM,
      type: 'command.deploy',
      facts: { command: '/deploy', text: 'main now', user: 'U2CERLKJA', channel_name: 'releases' },
    },
    {
      event: 'block_actions',
      body: button,
      contentType: FORM,
      type: 'block_actions',
      facts: { action: 'approve', value: 'build-7', user: 'U1', team: 'T1', channel: 'C1' },
    },
  ],
}

testSource({ describe, it }, adapter)

describe('slack', () => {
  const source = slack.definition.create({ secret: [SECRET] }, makeContext())
  const json = (payload: unknown) =>
    makeDelivery({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payload),
    })
  const form = (body: string) => makeDelivery({ headers: { 'content-type': FORM }, body })

  it("signs what Slack's library accepts", () => {
    const draft = {
      event: 'app_mention',
      id: '1',
      body: Buffer.from(JSON.stringify(mention)),
      url: '',
      sentAt: new Date(),
    }
    const signed = source.sign?.(draft) ?? {}
    const headers = {
      'x-slack-signature': signed['x-slack-signature'] ?? '',
      'x-slack-request-timestamp': Number(signed['x-slack-request-timestamp']),
    }
    const body = draft.body.toString()
    verifySlackRequest({ signingSecret: SECRET, body, headers })
    const altered = { signingSecret: SECRET, body: `${body} `, headers }
    expect(() => verifySlackRequest(altered)).toThrow('signature mismatch')
  })

  it('accepts the vector that Slack publishes', () => {
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c'
    const then = slack.definition.create(
      { secret: [SECRET] },
      makeContext({ clock: () => 1531420618_000 }),
    )
    const headers = {
      'X-Slack-Signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
      'X-Slack-Request-Timestamp': '1531420618',
    }
    expect(then.verify(makeDelivery({ headers, body }))).toEqual({ ok: true })
  })

  it('answers the challenge, and every other delivery with an empty 200', async () => {
    const challenge = json({
      type: 'url_verification',
      token: 'x',
      challenge: '3eZbrw1aBm2rZgRNFd',
    })
    expect(await source.parse(challenge)).toEqual([])
    expect(source.acknowledge?.(challenge)).toEqual({
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: '3eZbrw1aBm2rZgRNFd',
    })
    for (const delivery of [json(mention), form(command), form(button)]) {
      expect(source.acknowledge?.(delivery)).toEqual({ status: 200 })
    }
    expect(source.answer).toBeUndefined()
  })

  it.each([
    ['a message', json(mention), { type: 'app_mention', id: 'Ev123ABC456' }],
    [
      'a message with a subtype',
      json({ event: { type: 'message', subtype: 'bot_message', bot_id: 'B1' }, event_id: 'Ev2' }),
      { type: 'message.bot_message', id: 'Ev2', facts: { bot: 'B1', text: null } },
    ],
    ['a command', form(command), { type: 'command.deploy', id: '398738663015.47445629121.803a' }],
    ['an interaction', form(button), { type: 'block_actions', id: '12.34' }],
    [
      'a limit',
      json({ type: 'app_rate_limited', team_id: 'T1' }),
      { type: 'app_rate_limited', id: null },
    ],
  ])('reads %s', async (_, delivery, expected) => {
    expect(await source.parse(delivery)).toMatchObject([expected])
  })

  it('takes no event from a check of the certificate', async () => {
    expect(await source.parse(form('ssl_check=1&token=x'))).toEqual([])
  })

  it.each([
    ['an event without a type', json({ event: {} })],
    ['an interaction that is no JSON', form('payload=%7B')],
    ['an interaction that is no object', form('payload=1')],
    ['an interaction without a type', form('payload=%7B%7D')],
  ])('cannot parse %s', (_, delivery) => {
    expect(() => source.parse(delivery)).toThrow(
      expect.objectContaining({ code: 'delivery_unparsable' }),
    )
  })
})

const REPORT: TaskReport = {
  ...{ taskId: 'tsk_1', state: 'running', name: 'ci', description: 'Running', url: null },
  ...{ repository: '', commit: '', startedAt: null, endedAt: null, output: '' },
}

describe('messages to Slack', () => {
  it('are short enough to be changed, whatever the output and the reason are', async () => {
    const slack = await startReports('slack')
    const options = { token: PROVIDER_TOKEN, apiUrl: slack.url, channel: 'C0123456789' }
    const { send } = slackReporter(options, Date.now)
    const { signal } = new AbortController()
    const ref = await send(REPORT, { ref: null, mayExist: false }, signal)
    for (const text of ['<b>', '错误', '`', '🛑', 'a&b ']) {
      const output = `${text.repeat(2500)}the end`
      const failed = { ...REPORT, state: 'failed', description: text.repeat(1000), output } as const
      await send(failed, { ref, mayExist: false }, signal)
      const { description = '' } = slack.told.at(-1) ?? {}
      expect(description).toMatch(/the end\n```$/)
      expect(description.replaceAll(/&(amp|lt|gt);/g, '')).not.toContain('&')
      expect(Buffer.byteLength(description)).toBeGreaterThan(3000)
    }
  })
})
