import { type ConfigOptions, readConfig } from '../read-config.ts'

/** The names of a kind in the config of the command line; none if it has faults. */
export async function configNames(
  kind: 'source' | 'program' | 'rule',
  words: readonly string[],
): Promise<readonly string[]> {
  try {
    const { sources, programs, rules } = await readConfig(optionsIn(words))
    if (kind === 'rule') return rules.map(({ id }) => id)
    return [...(kind === 'source' ? sources : programs).keys()]
  } catch {
    return []
  }
}

/** What `init --source` takes: built-in sources, and senders with a preset. */
export async function senderNames(): Promise<readonly string[]> {
  const { builtInSources } = await import('../../config/modules/built-in.ts')
  const sources = await builtInSources()
  return sources.flatMap(({ name, presets = {} }) => [name, ...Object.keys(presets)])
}

function optionsIn(words: readonly string[]): ConfigOptions {
  const at = words.findLastIndex((word) => word === '--config' || word === '-c')
  const config = at === -1 ? undefined : words[at + 1]
  return config === undefined ? {} : { config }
}
