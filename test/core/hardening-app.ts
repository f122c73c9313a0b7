import { rm } from 'node:fs/promises'
import { onTestFinished } from 'vitest'
import { Access } from '../../core/api/access/access.ts'
import { createApp } from '../../core/app.ts'
import type { StoreInstance } from '../../core/contracts/store.ts'
import { Receiver } from '../../core/receive/receive.ts'
import { createIn, makeFolder } from '../plugins/create-sqlite.ts'
import { ConfigFolder, JSON_CONFIG } from './config-folder.ts'

export const ADMIN_TOKEN = 'admin-token-of-this-test'

/** A whole HTTP side with a real store, reached by `app.request`. */
export async function openApp(
  config: object,
  changeStore: (store: StoreInstance) => StoreInstance = (store) => store,
) {
  const files = new ConfigFolder({ [JSON_CONFIG]: config })
  const running = await files.load({ clock: Date.now })
  const folder = await makeFolder()
  const opened = createIn(folder)
  await opened.open()
  onTestFinished(async () => {
    await opened.close()
    await rm(folder, { recursive: true, force: true })
  })
  const store = changeStore(opened)
  const { logger } = files.options()
  const access = await Access.open({ adminToken: ADMIN_TOKEN, store, logger, clock: Date.now })
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
    stopping: new AbortController().signal,
  })
  return { app, store, logged: files.logged }
}
