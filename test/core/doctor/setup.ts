import { rm } from 'node:fs/promises'
import { afterAll, beforeAll } from 'vitest'
import { builtInSources } from '../../../core/config/modules/built-in.ts'
import type { RunningConfig } from '../../../core/contracts/config.ts'
import type { DeliveryRecord, StoreInstance } from '../../../core/contracts/store.ts'
import { type Diagnosis, diagnose } from '../../../core/doctor/diagnose.ts'
import { SILENT_LOGGER } from '../../../core/kit/silent-logger.ts'
import { Receiver } from '../../../core/receive/receiver.ts'
import { createIn, makeFolder } from '../../plugins/stores/sqlite/create-sqlite.ts'
import { ConfigFolder, JSON_CONFIG } from '../config/config-folder.ts'

/** What a sender sent. Header names in lower case. */
export interface Sent {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  /** Default: the address of the source. */
  readonly path?: string
  readonly method?: string
  /** Default 192.0.2.1. */
  readonly from?: string
}

export interface Service {
  /** The sources of the config: plugin and options by name. */
  readonly sources: Readonly<Record<string, readonly [use: string, options: object]>>
  readonly publicUrl?: string
  /** Plugins of the test's own, by file. */
  readonly plugins?: Readonly<Record<string, string>>
  /** The config before. */
  readonly before?: Service
}

export const PUBLIC_URL = 'https://hooks.example.com'

let store: StoreInstance

/** Opens a store that all deliveries of a test file are kept in, and closes it at the end. */
export function keepDeliveries(): void {
  let folder: string
  beforeAll(async () => {
    folder = await makeFolder()
    store = createIn(folder)
    await store.open()
  })
  afterAll(async () => {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })
}

/** The record of a delivery that a real receiver took and refused, and what the doctor says of it. */
export async function diagnosed(
  service: Service,
  source: string,
  sent: Sent,
): Promise<{ readonly record: DeliveryRecord; readonly diagnosis: Diagnosis }> {
  const config = await load(service)
  let id = ''
  const keeping: StoreInstance = {
    ...store,
    accept(entry) {
      id = entry.delivery.id
      return store.accept(entry)
    },
    refuse(delivery) {
      id = delivery.id
      return store.refuse(delivery)
    },
  }
  const receiver = new Receiver({ config, store: keeping, logger: SILENT_LOGGER, clock: Date.now })
  const { headers, body, path = `/api/webhooks/${source}`, method = 'POST' } = sent
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const socketAddress = sent.from ?? '192.0.2.1'
  const admission = receiver.admit({ source, method, path, headers, socketAddress })
  // A refusal is thrown; what was accepted is diagnosed too.
  await receiver.receive(admission, bytes).catch(() => null)
  const record = await store.delivery(id)
  if (record === null) throw new Error('the delivery was not kept')
  const previous = service.before === undefined ? null : await load(service.before)
  const diagnosis = await diagnose({ record, config, previous, definitions: builtInSources })
  return { record, diagnosis }
}

async function load({
  sources,
  publicUrl = PUBLIC_URL,
  plugins = {},
}: Service): Promise<RunningConfig> {
  const uses = Object.entries(sources).map(([name, [use, options]]) => [name, { use, options }])
  const files = Object.entries(plugins).map(([name, text]) => [`plugins/${name}`, text])
  const config = {
    sources: Object.fromEntries(uses),
    programs: {},
    rules: [],
    publicUrl,
    ...(files.length > 0 ? { plugins: ['./plugins'] } : {}),
  }
  const folder = new ConfigFolder({ [JSON_CONFIG]: config, ...Object.fromEntries(files) })
  return folder.load({ clock: Date.now })
}
