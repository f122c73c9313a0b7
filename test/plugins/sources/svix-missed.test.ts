import { svix } from 'hookline/sources'
import { describe, expect, it } from 'vitest'
import { SILENT_LOGGER } from '../../../core/kit/silent-logger.ts'
import { startDeliveries } from '../../fixtures/providers/deliveries.ts'
import { PROVIDER_TOKEN } from '../../fixtures/providers/stand-ins.ts'

const OURS = 'https://hooks.example.com/api/webhooks/src'
const ENDPOINT = `ep_${'e'.repeat(27)}`
const { signal } = new AbortController()

async function setUp(more: { endpoint?: string; token?: string } = {}) {
  const provider = await startDeliveries('svix', () => OURS)
  const { definition, options } = svix({
    secret: `whsec_${'c'.repeat(32)}`,
    catchUp: { application: 'app_1', token: PROVIDER_TOKEN, apiUrl: provider.url, ...more },
  })
  const context = { name: 's', baseDir: '/', dataDir: '/', logger: SILENT_LOGGER, clock: Date.now }
  const missed = definition?.create(definition.options.parse(options), context).missed
  if (missed?.at === undefined) throw new Error('the source asks nobody')
  return { provider, missed, at: missed.at }
}

describe('messages of Svix that did not arrive', () => {
  it('are asked for at the endpoint that is named, or has the URL', async () => {
    const { provider, at } = await setUp()
    expect(at.targets).toEqual(['app_1'])
    expect(await at.find('app_1', OURS, signal)).toBe(ENDPOINT)
    expect(provider.calls).toHaveLength(2)
    const named = await setUp({ endpoint: 'ep_mine' })
    expect(await named.at.find('app_1', OURS, signal)).toBe('ep_mine')
    const none = at.find('app_1', 'https://elsewhere.example.com', signal)
    await expect(none).rejects.toMatchObject({
      code: 'provider_not_found',
      remedy: expect.stringContaining('catchUp.endpoint'),
    })
  })

  it('have the type of their payload, and come from every page', async () => {
    const { provider, missed } = await setUp()
    const since = new Date(Date.now() - 60_000)
    const at = (seconds: number) => since.getTime() + seconds * 1000
    const guid = (letter: string) => `msg_${letter.repeat(27)}`
    provider.tried.push(
      { guid: guid('o'), at: at(-1) },
      { guid: guid('a'), at: at(1), type: 'user.created' },
      { guid: guid('b'), at: at(2), status: 500 },
      { guid: guid('c'), at: at(3), status: 204 },
      ...['d', 'e', 'f', 'g'].map((letter, index) => ({ guid: guid(letter), at: at(4 + index) })),
    )
    const found = []
    for await (const one of missed.list({ target: 'app_1', hook: ENDPOINT, since, signal })) {
      found.push(one)
    }
    expect(found.map(({ senderId }) => senderId[4])).toEqual(['a', 'b', 'd', 'e', 'f', 'g'])
    expect(found[0]?.type).toBe('user.created')
    const { headers, body } = (await found[0]?.fetch(signal)) ?? {}
    expect(headers).toMatchObject({ 'svix-id': guid('a') })
    expect(JSON.parse(String(body))).toMatchObject({ type: 'user.created' })
  })

  it('are refused to a wrong token, which is not told', async () => {
    const { at } = await setUp({ token: 'wrong-token-5678' })
    const refused = at.find('app_1', OURS, signal)
    await expect(refused).rejects.toMatchObject({ code: 'provider_unauthorized' })
    await expect(refused).rejects.not.toThrow('wrong-token')
  })

  it('are asked for in no other path of the API', () => {
    const { definition, options } = svix({
      secret: `whsec_${'c'.repeat(32)}`,
      catchUp: { application: '..', token: 't' },
    })
    expect(definition?.options.safeParse(options).success).toBe(false)
  })
})
