import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Hono } from 'hono'
import { listen, type ServerOptions } from '../../api/http/server.ts'
import type { HttpTypes } from '../../api/http/types.ts'
import { makeTempFolder, removeLeftBehind } from '../../sdk/processes/temp-folders.ts'
import type { Closers } from '../closers.ts'
import { MAIN_SOCKET } from './open-receiver.ts'
import { passedOnApp } from './pass-on.ts'
import { Receivers, type ReceiversOptions } from './receivers.ts'

const GRACE_SECONDS = 5

export interface OpenReceiversOptions extends Omit<ReceiversOptions, 'folder' | 'listen'> {
  readonly app: Hono<HttpTypes>
  readonly server: ServerOptions
  readonly closers: Closers
}

/** Starts the receivers, and listens for what they pass on. Resolves when connections are taken. */
export async function openReceivers(options: OpenReceiversOptions): Promise<Receivers> {
  const { app, server, closers, live } = options
  await removeLeftBehind(live.current.settings.dataDir)
  const folder = makeTempFolder('receivers')
  closers.add(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, MAIN_SOCKET)
  const main = await listen(passedOnApp(app), { ...server, path })
  closers.add(() => main.close(GRACE_SECONDS))
  const { port } = live.current.settings
  const beside = { ...server, port, reusePort: true }
  const receivers = new Receivers({ ...options, folder, listen: () => listen(app, beside) })
  closers.add(() => receivers.close())
  await receivers.opened()
  return receivers
}
