import { rm } from 'node:fs/promises'
import { onTestFinished } from 'vitest'
import { Access } from '../../core/api/access/access.ts'
import type { Services } from '../../core/api/services.ts'
import { createApp } from '../../core/app.ts'
import type { StoreInstance } from '../../core/contracts/store.ts'
import { KeyKeeper } from '../../core/kit/sealing/key-keeper.ts'
import { KeyRing } from '../../core/kit/sealing/key-ring.ts'
import { Receiver } from '../../core/receive/receive.ts'
import { newKey } from '../plugins/create-sealed.ts'
import { createIn, makeFolder } from '../plugins/create-sqlite.ts'
import { ConfigFolder, JSON_CONFIG } from './config-folder.ts'

export const ADMIN_TOKEN = 'admin-token-of-this-test'

interface Sharing {
  /** Parts of a node that not every test needs. */
  readonly more?: (store: StoreInstance) => Promise<Partial<Services>>
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
  const store = changeStore(besides?.store ?? (await openStore()))
  const { logger } = files.options()
  const access = await Access.open({ adminToken: ADMIN_TOKEN, store, logger, clock })
  onTestFinished(() => access.close())
  const app = createApp({
    config: () => running,
    previousConfig: () => null,
    configFault: () => null,
    store,
    receiver: new Receiver({ config: running, store, logger, clock: Date.now }),
    takesDeliveries: true,
    logger,
    access,
    keeper: new KeyKeeper(store, new KeyRing({ env: { HOOKLINE_KEY: newKey() }, dataDir: '' })),
    stopping: new AbortController().signal,
    ...(await more(store)),
  })
  return { app, store, logged: files.logged }
}

async function openStore(): Promise<StoreInstance> {
  const folder = await makeFolder()
  const store = createIn(folder)
  await store.open()
  onTestFinished(async () => {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })
  return store
}
