import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signWebhookPayload } from '@notionhq/client'
import { notion } from 'hookline/sources'
import { makeContext, makeDelivery, type SourceAdapter, testSource } from 'hookline/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const TOKEN = 'secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl'
const OTHER_TOKEN = 'secret_0000000000000000000000000000000000000000000'

const updated = {
  id: '367cba44-b6f3-4c92-81e7-6a2e9659efd4',
  timestamp: '2024-12-05T23:55:34.285Z',
  workspace_id: '13950b26-c203-4f3b-b97d-93ec06319565',
  workspace_name: "Quinn's Workspace",
  subscription_id: '29d75c0d-5546-4414-8459-7b7a92f1fc4b',
  integration_id: '0ef2e755-4912-8096-91c1-00376a88a5ca',
  type: 'page.content_updated',
  authors: [{ id: 'c7c11cca-1d73-471d-9b6e-bdef51470190', type: 'person' }],
  accessible_by: [{ id: '556a1abf-4f08-40c6-878a-75890d2a88ba', type: 'person' }],
  attempt_number: 1,
  entity: { id: '0ef104cd-477e-80e1-8571-cfd10e92339a', type: 'page' },
  data: {
    updated_blocks: [{ id: '153104cd-477e-80ec-a87d-f7ff0236d35c', type: 'block' }],
    parent: { id: '13950b26-c203-4f3b-b97d-93ec06319565', type: 'space' },
  },
}

const adapter: SourceAdapter = {
  definition: notion.definition,
  secrets: [TOKEN, OTHER_TOKEN],
  options: (token) => ({ token }),
  sign: async ({ body }, verificationToken) => ({
    'X-Notion-Signature': await signWebhookPayload({
      body: new Uint8Array(body),
      verificationToken,
    }),
  }),
  proofHeader: 'X-Notion-Signature',
  coversBody: true,
  samples: [
    {
      event: 'page.content_updated',
      body: JSON.stringify(updated),
      type: 'page.content_updated',
      facts: {
        entity: '0ef104cd-477e-80e1-8571-cfd10e92339a',
        entity_type: 'page',
        sender_type: 'person',
        parent_type: 'space',
      },
    },
  ],
}

testSource({ describe, it }, adapter)

describe('notion', () => {
  let dataDir = ''
  const lines: string[] = []

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'hookline-notion-'))
    lines.length = 0
  })
  afterEach(() => {
    rmSync(dataDir, { recursive: true, force: true })
  })

  const create = (options: { token?: readonly string[]; keepToken?: true }) => {
    const record = (fields: object, message: string) => {
      lines.push(`${JSON.stringify(fields)} ${message}`)
    }
    const logger = { debug: record, info: record, warn: record, error: record }
    return notion.definition.create(options, makeContext({ name: 'notion', dataDir, logger }))
  }
  const post = (payload: unknown, headers: Record<string, string> = {}) =>
    makeDelivery({
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof payload === 'string' ? payload : JSON.stringify(payload),
    })
  const signedEvent = async (verificationToken: string) => {
    const body = JSON.stringify(updated)
    const signature = await signWebhookPayload({ body, verificationToken })
    return post(body, { 'X-Notion-Signature': signature })
  }
  const tokenFile = () => join(dataDir, 'secrets', 'notion-verification-token')

  it('keeps the first token in a file of its owner, and never in the log', async () => {
    const source = create({ keepToken: true })
    const event = await signedEvent(TOKEN)
    expect(await source.verify(event)).toEqual({
      ok: false,
      reason: 'Notion has not sent its verification token yet',
    })
    expect(source.answer?.(post({ verification_token: TOKEN }))).toEqual({ status: 200 })
    expect(readFileSync(tokenFile(), 'utf8')).toBe(`${TOKEN}\n`)
    expect(statSync(tokenFile()).mode & 0o777).toBe(0o600)
    expect(statSync(join(dataDir, 'secrets')).mode & 0o777).toBe(0o700)
    expect(lines).toEqual([expect.stringContaining(tokenFile())])
    expect(lines.join()).not.toContain(TOKEN)
    expect(await source.verify(event)).toEqual({ ok: true })
    expect(await create({ keepToken: true }).verify(event)).toEqual({ ok: true })
  })

  it('takes no second token', async () => {
    const source = create({ keepToken: true })
    source.answer?.(post({ verification_token: TOKEN }))
    expect(source.answer?.(post({ verification_token: OTHER_TOKEN }))).toMatchObject({
      status: 409,
    })
    expect(await source.verify(await signedEvent(OTHER_TOKEN))).toMatchObject({ ok: false })
    expect(await source.verify(await signedEvent(TOKEN))).toEqual({ ok: true })
    expect(lines.join()).not.toContain(OTHER_TOKEN)
  })

  it('takes no token where one is given', () => {
    const source = create({ token: [TOKEN] })
    expect(source.answer?.(post({ verification_token: OTHER_TOKEN }))).toMatchObject({
      status: 409,
    })
    expect(() => readFileSync(tokenFile())).toThrow('ENOENT')
  })

  it.each([
    ['an event', updated],
    ['a token among others', { verification_token: TOKEN, type: 'page.created' }],
    ['a token that is no text', { verification_token: [TOKEN] }],
    ['a token that is too short', { verification_token: 'secret_' }],
    ['a token of several lines', { verification_token: `${TOKEN}\nx` }],
    ['a list', [TOKEN]],
    ['no JSON', '{"verification_token":'],
    ['a long body', { verification_token: 'x'.repeat(2000) }],
  ])('leaves %s to verification', (_, payload) => {
    expect(create({ keepToken: true }).answer?.(post(payload))).toBeUndefined()
    expect(() => readFileSync(tokenFile())).toThrow('ENOENT')
  })

  it('needs a token or to be told to keep one, and not both', () => {
    const isValid = (options: object) => notion.definition.options.safeParse(options).success
    expect(isValid({ keepToken: true })).toBe(true)
    expect(isValid({ token: TOKEN })).toBe(true)
    expect(isValid({ token: TOKEN, keepToken: true })).toBe(false)
    expect(isValid({ keepToken: false })).toBe(false)
    expect(isValid({})).toBe(false)
  })

  it('takes the id of the event, which a repeated delivery keeps', async () => {
    const events = await create({ token: [TOKEN] }).parse(post({ ...updated, attempt_number: 3 }))
    expect(events).toMatchObject([{ id: updated.id, type: 'page.content_updated' }])
  })
})
