import { generateKeyPairSync } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { adyen, standardwebhooks } from 'hookline/sources'
import { makeContext, makeDelivery } from 'hookline/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { builtInSources } from '../../../core/config/modules/built-in.ts'
import type { SourceDefinition } from '../../../core/contracts/source.ts'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import { SILENT_LOGGER } from '../../../core/kit/silent-logger.ts'
import { Receiver } from '../../../core/receive/receiver.ts'
import { hmac } from '../../../core/sdk/signing/hmac.ts'
import { ConfigFolder, JSON_CONFIG } from '../../core/config/config-folder.ts'
import { createIn, makeFolder } from '../stores/sqlite/create-sqlite.ts'

const BYTES = 25 * 1024 * 1024
const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'

function filled(start: string, piece: string): Buffer {
  const body = Buffer.alloc(BYTES, piece)
  body.write(start)
  return body
}

/** What takes longest to read, as it would come from a stranger. */
const SHAPES: readonly (readonly [what: string, contentType: string, body: Buffer])[] = [
  ['many objects', JSON_TYPE, filled('{"value":[', '{},')],
  ['many objects in items', JSON_TYPE, filled('{"notificationItems":[', '{},')],
  ['deep nesting', JSON_TYPE, filled('', '[')],
  ['one long field', FORM, filled('a=', '+')],
  ['many fields', FORM, filled('', 'a&')],
  [
    'many parts',
    'multipart/form-data; boundary=x',
    filled('', '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'),
  ],
]

const SECRETS = ['a secret of the test', Buffer.alloc(32, 1).toString('base64'), 'ab'.repeat(32)]
const EC_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .publicKey.export({ type: 'spki', format: 'der' })
  .toString('base64')

/** Options of the sources that a single secret does not set up. */
const OPTIONS: Readonly<Record<string, object>> = {
  meta: { appSecret: 'a secret of the test', verifyToken: 'a token of the test' },
  schedule: {},
  sendgrid: { publicKey: EC_KEY },
  sns: { topics: 'arn:aws:sns:eu-central-1:123456789012:topic' },
}

/** Well-formed proofs of the senders for which nobody else can sign. */
const PROOFS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  discord: {
    'x-signature-ed25519': 'ab'.repeat(64),
    'x-signature-timestamp': String(Math.floor(Date.now() / 1000)),
  },
  sendgrid: {
    'x-twilio-email-event-webhook-signature': 'MAYCAQECAQE=',
    'x-twilio-email-event-webhook-timestamp': String(Math.floor(Date.now() / 1000)),
  },
}

function optionsOf(definition: SourceDefinition, letter = ''): object {
  const known = OPTIONS[definition.name]
  if (known !== undefined) return known
  for (const option of Object.keys(definition.options.shape)) {
    for (const secret of SECRETS) {
      const options = { [option]: secret.replace(/^a/, letter || 'a') }
      const parsed = definition.options.safeParse(options)
      if (!parsed.success) continue
      try {
        definition.create(parsed.data, makeContext())
        return options
      } catch {
        // The next may have the right form.
      }
    }
  }
  throw new Error(`${definition.name} needs options of its own here`)
}

/** The headers that somebody with another secret sends. */
function forged(definition: SourceDefinition): Readonly<Record<string, string>> {
  const options = definition.options.parse(optionsOf(definition, 'b'))
  const draft = {
    event: 'push',
    id: 'id-1',
    body: Buffer.from('{}'),
    url: 'http://localhost/',
    sentAt: new Date(),
  }
  return definition.create(options, makeContext()).sign?.(draft) ?? PROOFS[definition.name] ?? {}
}

const definitions = await builtInSources()
let receiver: Receiver
let store: StoreInstance
let folder: string

beforeAll(async () => {
  folder = await makeFolder()
  store = createIn(folder)
  await store.open()
})
afterAll(async () => {
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

async function receive(source: string, headers: Readonly<Record<string, string>>, body: Buffer) {
  const path = `/api/webhooks/${source}`
  const socketAddress = '192.0.2.1'
  const admission = receiver.admit({ source, method: 'POST', path, headers, socketAddress })
  const memory = memoryBytes()
  const cpu = process.threadCpuUsage()
  const fault = await receiver.receive(admission, body).catch((error: unknown) => error)
  const { user, system } = process.threadCpuUsage(cpu)
  return { fault, milliseconds: (user + system) / 1000, bytes: memoryBytes() - memory }
}

function memoryBytes(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

describe('25 MiB from a stranger cost little', () => {
  it.each(definitions)('$name', async (definition) => {
    const { name } = definition
    const sources = { [name]: { use: name, options: optionsOf(definition) } }
    const config = await new ConfigFolder({
      [JSON_CONFIG]: { sources, programs: {}, rules: [] },
    }).load({ clock: Date.now })
    receiver = new Receiver({ config, store, logger: SILENT_LOGGER, clock: Date.now })
    const proof = forged(definition)
    for (const [what, contentType, body] of SHAPES) {
      const headers = { ...proof, 'content-type': contentType }
      let taken = await receive(name, headers, body)
      // On a busy machine one try may be slow, but not every one.
      for (let tries = 1; tries < 3 && taken.milliseconds > 50; tries++) {
        taken = await receive(name, headers, body)
      }
      expect(taken.fault, what).toMatchObject({
        code: expect.stringMatching(/^delivery_(refused|too_large)$/),
      })
      expect(taken.milliseconds, what).toBeLessThan(50)
      // Beside the body itself.
      expect(taken.bytes, what).toBeLessThan(BYTES)
    }
  })
})

describe('what a stranger sends costs little', () => {
  it('to a source that takes deliveries without proof', async () => {
    const sources = { open: { use: 'custom', options: { unverified: true } } }
    const config = await new ConfigFolder({
      [JSON_CONFIG]: { sources, programs: {}, rules: [] },
    }).load({ clock: Date.now })
    receiver = new Receiver({ config, store, logger: SILENT_LOGGER, clock: Date.now })
    const many = Buffer.from(`[${'{},'.repeat(200_000)}{}]`)
    const taken = await receive('open', { 'content-type': JSON_TYPE }, many)
    expect(taken.fault).toMatchObject({ code: 'delivery_too_large' })
    const large = Buffer.from(JSON.stringify({ text: '{,'.repeat(1024 * 1024) }))
    expect(await receive('open', { 'content-type': JSON_TYPE }, large)).toMatchObject({
      fault: { kind: 'accepted' },
    })
  })

  it('with very many signatures of a public key over a large body', async () => {
    const publicKey = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x ?? ''
    const source = standardwebhooks.definition.create(
      standardwebhooks.definition.options.parse({
        publicKey: `${Buffer.from(publicKey, 'base64url').toString('base64')}`,
      }),
      makeContext(),
    )
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
      'webhook-signature': `v1a,${'A'.repeat(86)}== `.repeat(150),
    }
    const deliveries = [4, 25].map((mebibytes) =>
      makeDelivery({ headers, body: new Uint8Array(mebibytes * 1024 * 1024) }),
    )
    const cpu = process.threadCpuUsage()
    const verdicts = deliveries.map((delivery) => source.verify(delivery))
    const { user, system } = process.threadCpuUsage(cpu)
    for (const verdict of verdicts) expect(verdict).toMatchObject({ ok: false })
    // Four checks over 4 MiB, and not 150.
    expect((user + system) / 1000).toBeLessThan(400)
  })

  it('of many items, adyen checks none after the first that is wrong', async () => {
    const source = adyen.definition.create({ hmacKey: ['ab'.repeat(32)] }, makeContext())
    let read = 0
    const item = {
      get additionalData() {
        read++
        return { hmacSignature: 'AAAA' }
      },
    }
    const notificationItems = Array.from({ length: 100 }, () => ({ NotificationRequestItem: item }))
    const delivery = { ...makeDelivery({ body: '{}' }), json: () => ({ notificationItems }) }
    expect(await source.verify(delivery)).toMatchObject({ ok: false })
    expect(read).toBe(1)
  })

  it('a signature of megabytes is none, and no fault', () => {
    const { matches } = hmac({ algorithm: 'sha256', encoding: 'base64' }, ['a'])
    expect(matches(['b'], ['A'.repeat(32 * 1024 * 1024)])).toBe(false)
  })
})
