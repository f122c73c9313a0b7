import { github } from 'hookline/sources'
import { onTestFinished } from 'vitest'
import type { RunningConfig } from '../../../core/contracts/config.ts'
import { SILENT_LOGGER } from '../../../core/kit/silent-logger.ts'
import { Registrations } from '../../../core/registration/registrations.ts'
import { PROVIDER_TOKEN, type StandIn, startStandIn } from '../../fixtures/providers/stand-ins.ts'
import { openSqlite } from '../../plugins/stores/sqlite/open-sqlite.ts'
import { createLogger, until } from '../work/setup.ts'

export const ONE = 'https://one.example.com'
export const TWO = 'https://two.example.com'
export const LIST = '/repos/acme/shop/hooks'

interface Wish {
  readonly publicUrl?: string
  readonly on?: readonly string[]
  readonly secret?: string
  readonly removeAtStop?: boolean
  readonly token?: string
  readonly repositories?: string[]
}

/** A config with one GitHub source, as far as registrations read it. */
function configOf(provider: StandIn, wish: Wish): RunningConfig {
  const { publicUrl = ONE, on = ['gh.push'], secret = 's', removeAtStop = false } = wish
  const { token = PROVIDER_TOKEN, repositories = ['acme/shop'] } = wish
  const { definition, options } = github({
    secret,
    register: { repositories, token, removeAtStop, apiUrl: provider.url },
  })
  if (definition === undefined) throw new Error('made by code')
  const context = { name: 'gh', baseDir: '/', dataDir: '/', logger: SILENT_LOGGER, clock: Date.now }
  const instance = definition.create(definition.options.parse(options), context)
  return {
    settings: { publicUrl, node: { name: 'n' } },
    sources: new Map([['gh', { name: 'gh', instance }]]),
    rules: on.map((name) => ({ on: name })),
    tunnel: null,
  } as unknown as RunningConfig
}

export async function setUp(wish: Wish = {}) {
  const provider = await startStandIn('github')
  const store = await openSqlite()
  const clock = { now: Date.now() }
  const logger = createLogger()
  const open = (first: Wish) => {
    let config = configOf(provider, first)
    const registrations = new Registrations({
      config: () => config,
      store,
      logger,
      redact: (text) => text,
      clock: () => clock.now,
    })
    onTestFinished(() => registrations.close())
    return {
      registrations,
      change: (next: Wish) => {
        config = configOf(provider, next)
        registrations.configChanged()
      },
    }
  }
  const hooks = () => [...(provider.hooks.get(LIST)?.values() ?? [])]
  const urls = () => hooks().map((hook) => (hook['config'] as { url: string }).url)
  return { provider, store, clock, logger, hooks, urls, open, ...open(wish) }
}

export type Parts = Awaited<ReturnType<typeof setUp>>

export const stateOf = async ({ registrations }: Pick<Parts, 'registrations'>) =>
  (await registrations.list())[0]?.record
export const registered = (parts: Pick<Parts, 'registrations'>, url = ONE) =>
  until(async () => {
    const record = await stateOf(parts)
    const isDone = record?.fault === null && record.remote?.url === `${url}/api/webhooks/gh`
    return isDone && record
  })
export const writes = ({ provider }: Parts) =>
  provider.calls.filter(({ method }) => method !== 'GET')
