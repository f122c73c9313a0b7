import { onTestFinished } from 'vitest'
import { Access } from '../../../../core/api/access/access.ts'
import { RefusedRequests } from '../../../../core/api/http/refused-requests.ts'
import { createHttpApp } from '../../../../core/api/http-app.ts'
import type { LoadOptions } from '../../../../core/config/load/load.ts'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import { BoundedLog } from '../../../../core/kit/bounded-log.ts'
import { NO_METER } from '../../../../core/kit/no-meter.ts'
import { Receiver } from '../../../../core/receive/receiver.ts'
import { Redactor } from '../../../../core/redaction/redactor.ts'
import { openSqlite } from '../../../plugins/stores/sqlite/open-sqlite.ts'
import { CONFIG, ConfigFolder, JSON_CONFIG, PLUGINS } from '../../config/config-folder.ts'
import { openManaged } from '../../config/managed-setup.ts'
import { createOwnEvents } from '../../own-events/create-own-events.ts'
import { ADMIN_TOKEN } from '../app.ts'

export interface Call {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly token?: string
}

/** What the API answered; the body read as JSON. */
export interface Answered {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect of it
  readonly body: any
}

/** The HTTP side of one node whose config follows its files and the store. */
export async function openConfigApp(
  folder: ConfigFolder,
  store: StoreInstance,
  load: Partial<LoadOptions> = {},
) {
  const { live, managed } = await openManaged(folder, store, { load: { ...load, clock: Date.now } })
  const { logger } = folder.options()
  const oidc = () => undefined
  const access = await Access.open({
    ...{ adminToken: ADMIN_TOKEN, store, logger, oidc, clock: Date.now },
  })
  onTestFinished(() => access.close())
  const receiver = new Receiver({ config: live.current, store, logger, clock: Date.now })
  live.onChange((next) => receiver.configure(next))
  const redactor = new Redactor()
  redactor.add(live.current.secrets)
  const { app } = createHttpApp({
    config: () => live.current,
    previousConfig: () => live.previous,
    configFault: () => live.lastError?.message ?? null,
    ...{ managed, store, receiver, logger, access },
    ownEvents: createOwnEvents({ config: live.current, store, logger }),
    takesDeliveries: true,
    redactor,
    refusedRequests: new RefusedRequests(new BoundedLog(logger), NO_METER),
    stopping: new AbortController().signal,
  })
  const call = async (method: string, path: string, given: Call = {}): Promise<Answered> => {
    const { body, headers = {}, token = ADMIN_TOKEN } = given
    const response = await app.request(path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const answered = text === '' ? null : JSON.parse(text)
    return { status: response.status, headers: response.headers, body: answered }
  }
  return { app, call, live, managed, receiver }
}

export const MASK = { masked: true }
export const DOOR = { name: 'door', use: 'bell', options: { secret: 'door-secret', tone: 2 } }
export const RULE = { name: 'mine', on: 'door.ring', when: 'loud', run: 'deploy' }

/** A node with a config file, a drop-in file, and a store of its own unless one is given. */
export async function open(more: object = {}, store?: StoreInstance) {
  const folder = new ConfigFolder({
    ...PLUGINS,
    'webhooks.d/more.yaml': 'rules: [{ name: dropped, on: bell, run: tell }]\n',
    [JSON_CONFIG]: { ...CONFIG, ...more },
  })
  const used = store ?? (await openSqlite())
  return { folder, store: used, ...(await openConfigApp(folder, used)) }
}
