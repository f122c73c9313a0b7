import { builtInStores } from '../config/built-in-stores.ts'
import type { StoreDefinition, StoreInstance } from '../contracts/store.ts'
import { HooklineError } from '../kit/errors.ts'
import type { Redactor } from '../kit/redact.ts'
import { secretValues } from '../kit/schema-walk.ts'
import { type ConfigOptions, readConfig } from './read-config.ts'

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

export interface PlaceOptions {
  /** What `config` means. */
  readonly config: ConfigOptions
  /** Learns what must not be printed. */
  readonly redactor: Pick<Redactor, 'add'>
}

/**
 * The store that an option names, not yet open: `config`, `sqlite:PATH`, `postgres:URL`, or `NAME:env:VARIABLE`, whose
 * value is then the path or the URL.
 */
export async function storeAt(text: string, options: PlaceOptions): Promise<StoreInstance> {
  if (text === 'config') return storeOfConfig(options)
  const { name, place } = parse(text)
  const stores = await builtInStores()
  const use = stores.get(name)?.(place)
  if (use?.definition === undefined) {
    const names = ['config', ...[...stores.keys()].map((each) => `${each}:…`)].join(', ')
    throw new HooklineError('cli_usage', `There is no store '${name}'; there are ${names}`)
  }
  options.redactor.add(secretsOf(use.definition, use.options))
  const parsed = await use.definition.options.safeParseAsync(use.options)
  if (parsed.success) return create(use.definition, parsed.data, process.cwd())
  const [issue] = parsed.error.issues
  throw new HooklineError('option_invalid', `${name}: ${issue?.message}`)
}

async function storeOfConfig({ config, redactor }: PlaceOptions): Promise<StoreInstance> {
  const { store, settings, secrets } = await readConfig(config)
  redactor.add(secrets)
  redactor.add(secretsOf(store.definition, store.options))
  return create(store.definition, store.options, store.baseDir, settings.dataDir)
}

function create(
  definition: StoreDefinition,
  options: Readonly<Record<string, unknown>>,
  baseDir: string,
  dataDir = baseDir,
): StoreInstance {
  const context = { name: definition.name, baseDir, dataDir, logger: SILENT, clock: Date.now }
  return definition.create(options, context)
}

function parse(text: string): { readonly name: string; readonly place: string } {
  const [, name = '', given = ''] = /^([^:]*):(.*)$/s.exec(text) ?? []
  if (name === '' || given === '') {
    const message = 'A store is named as config, sqlite:PATH, postgres:URL or postgres:env:VARIABLE'
    throw new HooklineError('cli_usage', message)
  }
  // The URL itself names its store.
  if (given.startsWith('//')) return { name: name.replace('postgresql', 'postgres'), place: text }
  return { name, place: given.startsWith('env:') ? fromEnvironment(given.slice(4)) : given }
}

function fromEnvironment(name: string): string {
  const value = process.env[name]
  if (value !== undefined && value !== '') return value
  throw new HooklineError('env_missing', `The variable ${name} is not set`)
}

// The password in a URL too, which messages of others may quote by itself.
function secretsOf(
  { options }: Pick<StoreDefinition, 'options'>,
  given: Readonly<Record<string, unknown>>,
): readonly string[] {
  return secretValues(options, given).flatMap((secret) => {
    const { password = '' } = URL.parse(secret) ?? {}
    return [secret, ...(password === '' ? [] : [password, decoded(password)])]
  })
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
