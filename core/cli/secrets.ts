import { hostname } from 'node:os'
import { Command } from 'commander'
import type { NewAuditEntry } from '../contracts/document.ts'
import { isHooklineError } from '../kit/errors.ts'
import type { KeyKeeper, KeyUse, Resealed } from '../kit/sealing/key-keeper.ts'
import type { ApiClient } from './api-client.ts'
import { configuredStore } from './configured-store.ts'
import { print, printJson } from './print.ts'
import { table } from './printable.ts'
import { openClient, type ServiceOptions, withServiceOptions } from './service.ts'

interface Options extends ServiceOptions {
  readonly json?: true
}

interface RotateOptions extends Options {
  readonly reseal?: true
}

/** `hookline secrets` */
export function secretsCommand(): Command {
  const list = new Command('list').description('list the keys, and what is sealed with each')
  const rotate = new Command('rotate')
    .description('make a new key in the key file, and seal all documents with it')
    .option('--reseal', 'make no key: seal with the first one that is there')
  const forget = new Command('forget')
    .description('let the service start without a key whose payloads are gone')
    .argument('<key>', 'its id')
  return new Command('secrets')
    .description('look after the keys that secrets are sealed with')
    .addCommand(withOptions(list).action(listKeys))
    .addCommand(withOptions(rotate).action(rotateKey))
    .addCommand(withOptions(forget).action(forgetKey))
}

function withOptions(command: Command): Command {
  return withServiceOptions(command.option('--json', 'print JSON'))
}

async function listKeys(options: Options): Promise<void> {
  const keys = await withKeys(options, {
    service: async (client) => (await client.get<{ keys: KeyUse[] }>('/api/secrets')).keys,
    store: (keeper) => keeper.list(),
  })
  if (options.json) printJson({ keys })
  else if (keys.length === 0) print('There is no key yet: one is made when it is first needed.\n')
  else print(table([['KEY', 'FROM', 'SEALS', 'DOCUMENTS', 'PAYLOADS'], ...keys.map(rowOf)]))
  if (keys.some(({ from }) => from === null)) process.exitCode = 1
}

async function rotateKey(options: RotateOptions): Promise<void> {
  const isReseal = options.reseal === true
  const { key, documents } = await withKeys<Resealed>(options, {
    service: (client) => client.post(`/api/secrets/rotate?reseal=${isReseal}`),
    store: (keeper) =>
      isReseal ? keeper.reseal(entryOf('reseal')) : keeper.rotate(entryOf('rotate')),
  })
  if (options.json) return printJson({ key, documents })
  const sealed = documents === 1 ? '1 document was' : `${documents} documents were`
  print(`${sealed} sealed anew. The key ${key} seals from now on; keep those before it.\n`)
}

async function forgetKey(id: string, options: Options): Promise<void> {
  const key = await withKeys<KeyUse>(options, {
    service: (client) => client.delete(`/api/secrets/${encodeURIComponent(id)}`),
    store: (keeper) => keeper.forget(id, entryOf('forget')),
  })
  if (options.json) printJson(key)
  else
    print(`The service starts without ${key.id}. Remove it from ${key.from ?? 'where it was'}.\n`)
}

/** Asks the store itself where it may be opened, else the service that has it open. */
async function withKeys<Result>(
  options: Options,
  ask: {
    readonly service: (client: ApiClient) => Promise<Result>
    readonly store: (keeper: KeyKeeper) => Promise<Result>
  },
): Promise<Result> {
  if (options.url !== undefined) return ask.service(await openClient(options))
  const { inner, keeper } = await configuredStore(options)
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

function rowOf({ id, from, seals, documents, payloads }: KeyUse) {
  const place = from ?? 'nowhere: it is missing'
  return [id, place, seals ? 'yes' : 'no', documents, payloads ? 'yes' : 'no']
}

function entryOf(action: 'rotate' | 'reseal' | 'forget'): NewAuditEntry {
  return {
    ...{ at: Date.now(), actor: 'hookline', action: `secrets.${action}`, target: '' },
    ...{ outcome: 'done', detail: '{}', client: null, node: hostname() },
  }
}
