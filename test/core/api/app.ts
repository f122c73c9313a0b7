import { onTestFinished } from 'vitest'
import { Access } from '../../../core/api/access/access.ts'
import { RefusedRequests } from '../../../core/api/http/refused-requests.ts'
import { createHttpApp } from '../../../core/api/http-app.ts'
import type { Services } from '../../../core/api/services.ts'
import type { RunningConfig } from '../../../core/contracts/config.ts'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import { BoundedLog } from '../../../core/kit/bounded-log.ts'
import { NO_METER } from '../../../core/kit/no-meter.ts'
import { Receiver } from '../../../core/receive/receiver.ts'
import { Redactor } from '../../../core/redaction/redactor.ts'
import { KeyKeeper } from '../../../core/sealing/key-keeper.ts'
import { KeyRing } from '../../../core/sealing/key-ring.ts'
import { openSqlite } from '../../plugins/stores/sqlite/open-sqlite.ts'
import { ConfigFolder, JSON_CONFIG } from '../config/config-folder.ts'
import { createOwnEvents } from '../own-events/create-own-events.ts'
import { newKey } from '../sealing/create-sealed.ts'

export const ADMIN_TOKEN = 'admin-token-of-this-test'

interface Sharing {
  /** Parts of a node that not every test needs. */
  readonly more?: (store: StoreInstance, config: RunningConfig) => Promise<Partial<Services>>
  /** The clock of tokens and sessions. */
  readonly clock?: () => number
  /** A node whose store this one shares. */
  readonly besides?: { readonly store: StoreInstance }
}

/** A whole HTTP side with a real store, reached by `app.request`. */
export async function openApp(
  config: object,
  changeStore: (store: StoreInstance) => StoreInstance = (store) => store,
  { clock = Date.now, besides, more = async () => ({}) }: Sharing = {},
) {
  const files = new ConfigFolder({ [JSON_CONFIG]: config })
  const running = await files.load({ clock: Date.now })
  const store = changeStore(besides?.store ?? (await openSqlite()))
  const { logger } = files.options()
  const oidc = () => running.settings.admin.oidc
  const access = await Access.open({ adminToken: ADMIN_TOKEN, store, logger, oidc, clock })
  onTestFinished(() => access.close())
  const redactor = new Redactor()
  redactor.add(running.secrets)
  const services: Services = {
    config: () => running,
    previousConfig: () => null,
    configFault: () => null,
    store,
    receiver: new Receiver({ config: running, store, logger, clock: Date.now }),
    ownEvents: createOwnEvents({ config: running, store, logger }),
    takesDeliveries: true,
    redactor,
    logger,
    access,
    keeper: new KeyKeeper(store, new KeyRing({ env: { HOOKLINE_KEY: newKey() }, dataDir: '' })),
    refusedRequests: new RefusedRequests(new BoundedLog(logger), NO_METER),
    stopping: new AbortController().signal,
    ...(await more(store, running)),
  }
  return { ...createHttpApp(services), services, store, logged: files.logged }
}
