import { builtInStores } from '../../config/modules/built-in.ts'
import type { StoreDefinition, StoreInstance } from '../../contracts/store.ts'
import { HooklineError } from '../../errors/errors.ts'
import { issueText } from '../../errors/issue-text.ts'
import { urlDecoded } from '../../kit/encoding.ts'
import { secretValues } from '../../kit/schema-walk.ts'
import { SILENT_LOGGER } from '../../kit/silent-logger.ts'
import type { Redactor } from '../../redaction/redactor.ts'
import { createStoreOf } from '../../sealing/create-store.ts'
import { type ConfigOptions, readConfig } from '../read-config.ts'

export interface StoreOptionContext {
  /** The config that `config` stands for. */
  readonly config: ConfigOptions
  /** Is given the secrets of the store, which must not be printed. */
  readonly redactor: Pick<Redactor, 'add'>
}

/**
 * The store that an option names, not yet open: `config`, `sqlite:PATH`, `postgres:URL`, or `NAME:env:VARIABLE` for a
 * variable that holds the path or the URL.
 */
export async function storeNamed(
  text: string,
  options: StoreOptionContext,
): Promise<StoreInstance> {
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
  const why = parsed.error.issues
    .map((issue) => `${issue.path.join('.')}: ${issueText(issue)}`)
    .join('; ')
  throw new HooklineError('option_invalid', `${name}: ${why}`)
}

async function storeOfConfig({ config, redactor }: StoreOptionContext): Promise<StoreInstance> {
  const running = await readConfig(config)
  redactor.add(running.secrets)
  redactor.add(secretsOf(running.store.definition, running.store.options))
  return createStoreOf(running, SILENT_LOGGER)
}

function create(
  definition: StoreDefinition,
  options: Readonly<Record<string, unknown>>,
  baseDir: string,
): StoreInstance {
  const { name } = definition
  const context = { name, baseDir, dataDir: baseDir, logger: SILENT_LOGGER, clock: Date.now }
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

// Also the password in a URL, which messages of a database driver may quote.
function secretsOf(
  { options }: Pick<StoreDefinition, 'options'>,
  given: Readonly<Record<string, unknown>>,
): readonly string[] {
  return secretValues(options, given).flatMap((secret) => {
    const { password = '' } = URL.parse(secret) ?? {}
    return [secret, ...(password === '' ? [] : [password, urlDecoded(password)])]
  })
}
