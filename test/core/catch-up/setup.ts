import { github, gitlab, stripe, svix } from 'hookline/sources'
import { onTestFinished } from 'vitest'
import { CatchUp, type CatchUpRequest } from '../../../core/catch-up/catch-up.ts'
import { NO_METER } from '../../../core/kit/no-meter.ts'
import { Receiver } from '../../../core/receive/receiver.ts'
import { ownHookId } from '../../../core/registration/own-hook.ts'
import { addedTargets } from '../../../core/registration/record.ts'
import { HOOK_SECRET, startDeliveries, type Tried } from '../../fixtures/providers/deliveries.ts'
import { APP_ID, APP_KEY } from '../../fixtures/providers/github-app.ts'
import { PROVIDER_TOKEN } from '../../fixtures/providers/stand-ins.ts'
import { openSqlite } from '../../plugins/stores/sqlite/open-sqlite.ts'
import { ConfigFolder, JSON_CONFIG } from '../config/config-folder.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const START = Date.UTC(2026, 0, 1)

const APP = { id: APP_ID, privateKey: APP_KEY }
const atGithub = (apiUrl: string, places: object) =>
  github({ secret: HOOK_SECRET, register: { ...places, apiUrl } })
const atGitlab = (register: { apiUrl: string; token: string }, places: object) =>
  gitlab({ token: HOOK_SECRET, register: { ...register, ...places } })

const USES = {
  github: (apiUrl: string, token: string) =>
    atGithub(apiUrl, { repositories: ['acme/shop'], token }),
  'github organization': (apiUrl: string, token: string) =>
    atGithub(apiUrl, { organizations: ['acme'], token }),
  'github app': (apiUrl: string) => atGithub(apiUrl, { app: APP }),
  'github installation': (apiUrl: string) =>
    atGithub(apiUrl, { repositories: ['acme/shop'], app: { ...APP, hook: false } }),
  gitlab: (apiUrl: string, token: string) =>
    atGitlab({ apiUrl, token }, { projects: ['acme/shop'] }),
  'gitlab group': (apiUrl: string, token: string) =>
    atGitlab({ apiUrl, token }, { groups: ['acme'] }),
  stripe: (apiUrl: string, token: string) =>
    stripe({ secret: 'whsec_test', register: { token, apiUrl } }),
  svix: (apiUrl: string, token: string) =>
    svix({ secret: `whsec_${'c'.repeat(32)}`, catchUp: { application: 'app_1', token, apiUrl } }),
}

export type Name = keyof typeof USES

interface Wish {
  readonly name?: Name
  readonly token?: string
  readonly on?: string
  /** Default: true. */
  readonly isRegistered?: boolean
  readonly catchUp?: false | { readonly maxAge?: string; readonly every?: string }
}

/** A source at a stand-in, and what asks it for missed deliveries. */
export async function setUp({
  name = 'github',
  token = PROVIDER_TOKEN,
  on = 'src',
  isRegistered = true,
  catchUp = {},
}: Wish = {}) {
  const publicUrl = 'https://hooks.example.com'
  const time = { now: START }
  const clock = () => time.now
  const [kind = 'github'] = name.split(' ') as ('github' | 'gitlab' | 'stripe' | 'svix')[]
  const hookUrl = `${publicUrl}/api/webhooks/${isRegistered ? 'src' : 'other'}`
  const provider = await startDeliveries(kind, () => hookUrl, clock)
  const { use, options } = USES[name](provider.url, token)
  const files = new ConfigFolder({
    [JSON_CONFIG]: {
      ...{ publicUrl, catchUp },
      sources: { src: { use, options } },
      programs: { run: { use: 'subprocess', options: { command: ['true'] } } },
      rules: [{ on, run: 'run' }],
    },
  })
  const config = await files.load({ clock })
  const store = await openSqlite()
  const { logger } = files.options()
  const receiver = new Receiver({ config, store, logger, clock })
  const recovered: string[] = []
  const succeeded: number[] = []
  const meter = {
    ...NO_METER,
    recovered: (source: string) => void recovered.push(source),
    caughtUp: (at: number) => void succeeded.push(at),
  }
  const open = () => {
    const catching = new CatchUp({
      ...{ config: () => config, store, receiver, meter, logger, clock },
      added: () => addedTargets(store),
      hookOf: (feed, signal) => ownHookId(store, feed, signal),
      redact: (text) => text,
      tickMs: 10,
    })
    onTestFinished(() => catching.close())
    return catching
  }
  const catching = open()
  const run = async (request: CatchUpRequest = {}) => (await catching.run(request))[0]
  const stored = async () => {
    const { items } = await store.deliveries({ limit: 100 })
    const oldestFirst = items.toReversed()
    return Promise.all(
      oldestFirst.map(async ({ id, outcome, recovered: by }) => {
        const [event] = await store.events(id)
        return [event?.senderId ?? null, outcome, by ?? null] as const
      }),
    )
  }
  // What was missed before the first look is not asked for.
  const miss = (...deliveries: Omit<Tried, 'at'>[]) => {
    for (const delivery of deliveries) {
      time.now += MINUTE
      provider.tried.push({ ...delivery, at: time.now })
    }
    time.now += MINUTE
  }
  const counts = { recovered, succeeded }
  return { provider, store, time, catching, open, receiver, run, stored, miss, files, ...counts }
}
