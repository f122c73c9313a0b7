import { hostname } from 'node:os'
import { Command } from 'commander'
import type { NewAuditEntry } from '../../contracts/document.ts'
import { isHooklineError } from '../../errors/errors.ts'
import type { ConfiguredStore } from '../../sealing/configured-store.ts'
import type { KeyKeeper, KeyUse, Resealed } from '../../sealing/key-keeper.ts'
import { type ApiClient, apiPath } from '../api-client.ts'
import { type ConfirmOptions, isConfirmed, withConfirmation } from '../confirm.ts'
import { printResult } from '../print.ts'
import {
  isRunning,
  openClient,
  type ServiceOptions,
  withServiceOptions,
} from '../service-client.ts'
import { configuredStore } from '../store/configured-store.ts'
import { itemTable } from '../tables.ts'

interface RotateOptions extends ServiceOptions {
  readonly reseal?: true
}

/** `hookline secrets` */
export function secretsCommand(): Command {
  const list = new Command('list').description('list the sealing keys and what is sealed with each')
  const rotate = new Command('rotate')
    .description('create a new key in the key file, and seal all documents with it')
    .option('--reseal', 'create no key; seal with the first key there is')
  const forget = new Command('forget')
    .description('let the service start without an old key; payloads sealed with it cannot be read')
    .argument('<key>', 'id of the key')
  return new Command('secrets')
    .addCommand(withServiceOptions(list).action(listKeys))
    .addCommand(withServiceOptions(rotate).action(rotateKey))
    .addCommand(withServiceOptions(withConfirmation(forget)).action(forgetKey))
}

async function listKeys(options: ServiceOptions): Promise<void> {
  const keys = await withKeys(options, {
    service: async (client) => (await client.get<{ keys: KeyUse[] }>('/api/secrets')).keys,
    store: (keeper) => keeper.list(),
  })
  printResult(options, { keys }, keysText)
  if (keys.some(({ from }) => from === null)) process.exitCode = 1
}

async function rotateKey(options: RotateOptions): Promise<void> {
  const isReseal = options.reseal === true
  const { key, documents } = await withKeys<Resealed>(options, {
    service: (client) => client.post(`/api/secrets/rotate?reseal=${isReseal}`),
    store: (keeper) =>
      isReseal ? keeper.reseal(entryOf('reseal')) : keeper.rotate(entryOf('rotate')),
  })
  const sealed = documents === 1 ? '1 document was' : `${documents} documents were`
  printResult(
    options,
    { key, documents },
    () => `${sealed} sealed again. The key ${key} seals from now on. Keep the earlier keys.\n`,
  )
}

async function forgetKey(id: string, options: ServiceOptions & ConfirmOptions): Promise<void> {
  const question = `Forget the key ${id}? Payloads sealed with it can never be read again.`
  if (!(await isConfirmed(question, options))) return
  const key = await withKeys<KeyUse>(options, {
    service: (client) => client.delete(apiPath`/api/secrets/${id}`),
    store: (keeper) => keeper.forget(id, entryOf('forget')),
  })
  const file = key.from ?? 'its former place'
  printResult(
    options,
    key,
    () => `The service now starts without the key ${key.id}. Remove it from ${file}.\n`,
  )
}

/** Opens the store itself if possible, else calls the service that has it open. */
async function withKeys<Result>(
  options: ServiceOptions,
  ask: {
    readonly service: (client: ApiClient) => Promise<Result>
    readonly store: (keeper: KeyKeeper) => Promise<Result>
  },
): Promise<Result> {
  if (options.url !== undefined) return ask.service(await openClient(options))
  const stores = await storesOrNull(options)
  if (stores === null) return ask.service(await openClient(options))
  const { inner, keeper } = stores
  try {
    await inner.open()
  } catch (error) {
    if (!isHooklineError(error) || error.code !== 'data_dir_in_use') throw error
    return ask.service(await openClient(options))
  }
  try {
    return await ask.store(keeper)
  } finally {
    await inner.close()
  }
}

/** Null if the config has faults here, such as a missing secret, but the service runs. */
async function storesOrNull(options: ServiceOptions): Promise<ConfiguredStore | null> {
  try {
    return await configuredStore(options)
  } catch (error) {
    const isInvalid = isHooklineError(error) && error.code === 'config_invalid'
    if (isInvalid && (await isRunning(options))) return null
    throw error
  }
}

function keysText({ keys }: { readonly keys: readonly KeyUse[] }): string {
  if (keys.length === 0) return 'There is no key yet. One is created when it is first needed.\n'
  return itemTable(keys, {
    KEY: ({ id }) => id,
    FROM: ({ from }) => from ?? 'nowhere: it is missing',
    SEALS: ({ seals }) => (seals ? 'yes' : 'no'),
    DOCUMENTS: ({ documents }) => documents,
    PAYLOADS: ({ payloads }) => (payloads ? 'yes' : 'no'),
  })
}

function entryOf(action: 'rotate' | 'reseal' | 'forget'): NewAuditEntry {
  return {
    at: Date.now(),
    actor: 'hookline',
    action: `secrets.${action}`,
    target: '',
    outcome: 'done',
    detail: '{}',
    client: null,
    node: hostname(),
  }
}
