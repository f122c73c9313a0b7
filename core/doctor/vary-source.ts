import type { RunningSource } from '../contracts/config.ts'
import type { SourceInstance } from '../contracts/source.ts'
import { secretValues } from '../kit/schema-walk.ts'
import { SILENT_LOGGER } from '../kit/silent-logger.ts'
import { type OptionChange, optionChanges, replaceSecrets } from './schema-change.ts'

export type SourceOptions = Readonly<Record<string, unknown>>

/** A source that can be created with other options. */
export interface VariedSource {
  readonly source: RunningSource
  readonly options: SourceOptions
  readonly secrets: readonly string[]
  readonly changes: readonly OptionChange[]
  /** The options with every secret replaced. */
  withSecrets(options: SourceOptions, replace: (secret: string) => string): SourceOptions
  /** The names of options that hold a secret. */
  readonly secretOptions: readonly string[]
  /** A new instance; null if the source throws for these options. */
  create(options: SourceOptions, clock: () => number): SourceInstance | null
}

type Varied = Pick<RunningSource, 'definition' | 'options' | 'name' | 'baseDir'>

/** A source whose options can be varied. Its instances are new, so the running one is not touched. */
export function varySource(source: RunningSource, dataDir: string): VariedSource {
  const { definition, options } = source
  const schema = definition.options
  const hasSecret = (name: string) =>
    secretValues(schema, { [name]: options[name] }).some((secret) => secret !== '')
  return {
    source,
    options,
    secrets: [...new Set(secretValues(schema, options))],
    changes: optionChanges(schema, options),
    withSecrets: (given, replace) => replaceSecrets(schema, given, replace) as SourceOptions,
    secretOptions: Object.keys(options).filter(hasSecret),
    create: (given, clock) => create(source, given, { dataDir, clock }),
  }
}

function create(
  { definition, name, baseDir }: Varied,
  options: SourceOptions,
  { dataDir, clock }: { readonly dataDir: string; readonly clock: () => number },
): SourceInstance | null {
  try {
    return definition.create(options, { name, baseDir, dataDir, logger: SILENT_LOGGER, clock })
  } catch {
    return null
  }
}
