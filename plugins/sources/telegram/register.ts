import {
  type HookRegistrar,
  hookMark,
  isJsonObject,
  ProviderApi,
  type RemoteHook,
  registerEvents,
  registerFields,
  soleHook,
  z,
} from '../../../core/sdk/source.ts'

const TARGET = 'bot'

/** The option `register` of a `telegram` source. */
export const telegramRegister = z
  .strictObject({
    events: registerEvents('`message`, `callback_query`'),
    takeOver: z
      .boolean()
      .default(false)
      .describe('Replaces a webhook of the bot that Hookline did not set.'),
    ...registerFields({
      apiUrl: 'https://api.telegram.org',
      token: 'Token of the bot, as BotFather gives it.',
    }),
  })
  .optional()
  .describe('Sets the webhook of the bot at Telegram.')

/** Sets the webhook of a bot, which has one only. */
export function telegramRegistrar(
  options: NonNullable<z.output<typeof telegramRegister>>,
  secretToken: string,
  clock: () => number,
): HookRegistrar {
  const api = new ProviderApi({
    provider: 'Telegram',
    baseUrl: `${options.apiUrl}/bot${options.token}`,
    secrets: [options.token],
    clock,
  })
  const current = async (signal: AbortSignal): Promise<RemoteHook> => {
    const body = (await api.call('GET', '/getWebhookInfo', { signal })).json()
    const info = isJsonObject(body) && isJsonObject(body['result']) ? body['result'] : {}
    const { url, allowed_updates: updates } = info
    const events = Array.isArray(updates) ? updates.map(String).toSorted() : []
    return { id: TARGET, url: typeof url === 'string' ? url : '', events, settings: {} }
  }
  return {
    targets: [TARGET],
    apiUrl: options.apiUrl,
    removeAtStop: options.removeAtStop,
    wanted: (_, url, types) => ({
      url,
      events: options.events?.toSorted() ?? [...new Set(types ?? [])].toSorted(),
      settings: {},
      mark: hookMark(secretToken),
    }),
    find: async (target, own, signal) => {
      const hook = await current(signal)
      if (hook.url !== '' && options.takeOver) return hook
      return soleHook(target, hook, own)
    },
    put: async (_, { url, events }, _current, signal) => {
      const json = { url, secret_token: secretToken, allowed_updates: events }
      await api.call('POST', '/setWebhook', { signal, json })
      return current(signal)
    },
    remove: async (_, _hook, signal) => {
      await api.call('POST', '/deleteWebhook', { signal, json: {} })
    },
  }
}
