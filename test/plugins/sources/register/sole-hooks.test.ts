import { github, telegram } from 'hookline/sources'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { HookRegistrar } from '../../../../core/contracts/provider/registration.ts'
import type { SourceUse } from '../../../../core/contracts/source.ts'
import { SILENT_LOGGER } from '../../../../core/kit/silent-logger.ts'
import { checked } from '../../../fixtures/providers/apis/checked.ts'
import { APP_ID, APP_KEY, GithubAppStandIn } from '../../../fixtures/providers/github-app.ts'
import { startProviderServer } from '../../../fixtures/providers/server.ts'

const OURS = 'https://ours.example.com/api/webhooks/src'
const BOT = '123456:bot-token'
const { signal } = new AbortController()

function registrarOf({ definition, options }: SourceUse): HookRegistrar {
  if (definition === undefined) throw new Error('made by code')
  const context = { name: 's', baseDir: '/', dataDir: '/', logger: SILENT_LOGGER, clock: Date.now }
  const { registrar } = definition.create(definition.options.parse(options), context)
  if (registrar === undefined) throw new Error('the source registers nothing')
  return registrar
}

// https://core.telegram.org/bots/api#setwebhook
const setWebhook = z.strictObject({
  url: z.url({ protocol: /^https$/ }),
  secret_token: z.string().regex(/^[\w-]{1,256}$/),
  allowed_updates: z.array(z.string()),
})

async function startTelegram(url = '') {
  let info: Record<string, unknown> = { url }
  const server = await startProviderServer(({ method, path, body }) => {
    const [, bot, name] = path.split('/')
    if (bot !== `bot${BOT}`)
      return { status: 401, body: { ok: false, description: 'Unauthorized' } }
    if (name === 'getWebhookInfo') return { body: { ok: true, result: info } }
    if (method !== 'POST') return { status: 404 }
    if (name === 'deleteWebhook') info = { url: '' }
    else {
      const { secret_token: _, ...given } = setWebhook.parse(JSON.parse(body))
      info = given
    }
    return { body: { ok: true, result: true } }
  })
  return { server, info: () => info }
}

async function startApp(url: string) {
  let config: Record<string, string> = { url, content_type: 'form', insecure_ssl: '0' }
  const app = new GithubAppStandIn(Date.now)
  const handle = checked('github', (call) => {
    if (!app.isApp(call)) return { status: 401 }
    if (call.method === 'PATCH') config = { ...JSON.parse(call.body), secret: '********' }
    return { body: config }
  })
  const server = await startProviderServer(handle)
  return { server, config: () => config }
}

describe('a bot of Telegram', () => {
  const make = (apiUrl: string, more = {}) =>
    registrarOf(telegram({ token: 'secret_token', register: { token: BOT, apiUrl, ...more } }))

  it('gets its webhook, and loses it', async () => {
    const { server, info } = await startTelegram()
    const registrar = make(server.url)
    expect(await registrar.find('bot', { id: null, url: OURS }, signal)).toBeNull()
    const wanted = registrar.wanted('bot', OURS, ['message', 'callback_query'])
    const made = await registrar.put('bot', wanted, null, signal)
    expect(made).toMatchObject({ url: OURS, events: ['callback_query', 'message'] })
    expect(await registrar.find('bot', { id: null, url: OURS }, signal)).toEqual(made)
    await registrar.remove('bot', made, signal)
    expect(info()).toEqual({ url: '' })
  })

  it("keeps another's webhook, unless it may be taken over", async () => {
    const { server } = await startTelegram('https://theirs.example.com/secret-path')
    const own = { id: null, url: OURS }
    const refused = make(server.url).find('bot', own, signal)
    await expect(refused).rejects.toMatchObject({ code: 'registration_taken' })
    await expect(refused).rejects.not.toThrow('secret-path')
    expect(await make(server.url, { takeOver: true }).find('bot', own, signal)).not.toBeNull()
  })

  it('never tells the token of the bot', async () => {
    const { server } = await startTelegram()
    const registrar = registrarOf(
      telegram({ token: 's', register: { token: 'wrong:token-5678', apiUrl: server.url } }),
    )
    const failed = registrar.find('bot', { id: null, url: OURS }, signal)
    await expect(failed).rejects.toMatchObject({
      code: 'provider_unauthorized',
      message: 'Telegram: GET /getWebhookInfo was answered with 401: Unauthorized.',
    })
  })
})

describe('a GitHub App', () => {
  const make = (apiUrl: string, takeOver: boolean) =>
    registrarOf(
      github({
        secret: 'hook-secret',
        register: { app: { id: APP_ID, privateKey: APP_KEY, takeOver }, apiUrl },
      }),
    )

  it('gets its URL and secret, by a token that it signs itself', async () => {
    const { server, config } = await startApp('https://example.com')
    const own = { id: null, url: OURS }
    await expect(make(server.url, false).find('app', own, signal)).rejects.toMatchObject({
      code: 'registration_taken',
    })
    const registrar = make(server.url, true)
    const found = await registrar.find('app', own, signal)
    const made = await registrar.put('app', registrar.wanted('app', OURS, null), found, signal)
    expect(made).toMatchObject({ url: OURS, settings: { content_type: 'json' } })
    expect(config()).toMatchObject({ url: OURS, content_type: 'json' })
    expect(await make(server.url, false).find('app', own, signal)).toEqual(made)
  })
})
