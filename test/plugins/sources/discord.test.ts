import { generateKeyPairSync, sign as signBytes } from 'node:crypto'
import { verifyKey } from 'discord-interactions'
import { discord } from 'hookline/sources'
import { makeContext, makeDelivery, type SourceAdapter, testSource } from 'hookline/testing'
import { describe, expect, it } from 'vitest'

const pairs = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')] as const
const publicKeys = pairs.map(({ publicKey }) =>
  Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex'),
)
const [first = '', second = ''] = publicKeys

// Only Discord has its private keys, and its library only verifies: the library confirms these lines below.
function sign(body: Uint8Array, sentAt: Date, publicKey: string): Record<string, string> {
  const { privateKey } = publicKey === first ? pairs[0] : pairs[1]
  const time = String(Math.floor(sentAt.getTime() / 1000))
  const signature = signBytes(null, Buffer.concat([Buffer.from(time), body]), privateKey)
  return { 'X-Signature-Ed25519': signature.toString('hex'), 'X-Signature-Timestamp': time }
}

const authorized = {
  version: 1,
  application_id: '1234560123453231555',
  type: 1,
  event: {
    type: 'APPLICATION_AUTHORIZED',
    timestamp: '2024-10-18T14:42:53.064834',
    data: {
      integration_type: 1,
      scopes: ['applications.commands'],
      user: { id: '191231307290771456', username: 'alex.here', bot: false },
    },
  },
}

const command = {
  type: 2,
  token: 'A_UNIQUE_TOKEN',
  member: { user: { id: '53908232506183680', username: 'mason' }, permissions: '2147483647' },
  id: '786008729715212338',
  application_id: '775799577604522054',
  guild_id: '290926798626357999',
  locale: 'en-US',
  data: { options: [{ type: 3, name: 'branch', value: 'main' }], type: 1, name: 'deploy', id: '7' },
  channel_id: '645027906669510667',
}

const adapter: SourceAdapter = {
  definition: discord.definition,
  secrets: [first, second],
  options: (publicKey) => ({ publicKey }),
  sign: ({ body, sentAt }, secret) => sign(body, sentAt, secret),
  cannotSign: true,
  proofHeader: 'X-Signature-Ed25519',
  neededHeaders: ['X-Signature-Timestamp'],
  coversBody: true,
  toleranceSeconds: 300,
  samples: [
    {
      event: 'APPLICATION_AUTHORIZED',
      body: JSON.stringify(authorized),
      type: 'APPLICATION_AUTHORIZED',
      facts: {
        user: 'alex.here',
        user_id: '191231307290771456',
        time: '2024-10-18T14:42:53.064834',
      },
    },
    {
      event: 'APPLICATION_COMMAND',
      body: JSON.stringify(command),
      type: 'APPLICATION_COMMAND.deploy',
      facts: { command: 'deploy', user: 'mason', guild_id: '290926798626357999', locale: 'en-US' },
    },
  ],
}

testSource({ describe, it }, adapter)

describe('discord', () => {
  const source = discord.definition.create({ publicKey: [first] }, makeContext())
  const deliver = (payload: unknown) => {
    const body = JSON.stringify(payload)
    const headers = {
      'content-type': 'application/json',
      ...sign(Buffer.from(body), new Date(), first),
    }
    return makeDelivery({ headers, body })
  }

  it("agrees with Discord's library on who signed", async () => {
    const delivery = deliver(command)
    const { 'x-signature-ed25519': signature = '', 'x-signature-timestamp': time = '' } =
      delivery.headers
    for (const [key, body] of [
      [first, delivery.text()],
      [first, `${delivery.text()} `],
      [second, delivery.text()],
    ] as const) {
      const verdict = await discord.definition
        .create({ publicKey: [key] }, makeContext())
        .verify(makeDelivery({ headers: delivery.headers as Record<string, string>, body }))
      expect(verdict.ok).toBe(await verifyKey(body, signature, time, key))
    }
  })

  it.each([
    ['the ping of interactions', { type: 1, id: '1', application_id: '2' }, 200, '{"type":1}'],
    ['the ping of webhook events', { version: 1, application_id: '2', type: 0 }, 204, undefined],
    ['an event', authorized, 204, undefined],
    ['a command', command, 200, '{"type":5}'],
    ['a button', { ...command, type: 3, data: { custom_id: 'ok' } }, 200, '{"type":6}'],
    ['a suggestion', { ...command, type: 4 }, 200, '{"type":8,"data":{"choices":[]}}'],
    ['a modal', { ...command, type: 5, data: { custom_id: 'form' } }, 200, '{"type":5}'],
  ])('acknowledges %s as Discord expects', (_, payload, status, body) => {
    expect(source.acknowledge?.(deliver(payload))).toEqual({
      status,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
    })
  })

  it.each([
    ['no event of a ping', { type: 1 }, []],
    ['no event of the other ping', { type: 0 }, []],
    [
      'a button',
      { ...command, type: 3, data: { custom_id: 'approve' } },
      [{ type: 'MESSAGE_COMPONENT.approve', id: command.id, facts: { custom_id: 'approve' } }],
    ],
    [
      'a name that is no word',
      { ...command, data: { name: 'ausführen !' } },
      [{ type: 'APPLICATION_COMMAND' }],
    ],
    ['an event', authorized, [{ id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) }]],
  ])('reads %s', async (_, payload, events) => {
    expect(await source.parse(deliver(payload))).toMatchObject(events)
  })

  it.each([[{ type: 9 }], [{}], [{ type: 'constructor' }], [{ event: { type: 'ä' } }]])(
    'cannot parse %j',
    (payload) => {
      expect(() => source.parse(deliver(payload))).toThrow(
        expect.objectContaining({ code: 'delivery_unparsable' }),
      )
    },
  )
})
