import type { SenderKind } from './load.ts'

/** The file that connects a source without the API, below the folder of the config. */
export interface ConfigFile {
  readonly name: string
  readonly text: string
  /** Variables that have to be set before, since the sender issues their values. */
  readonly variables: readonly string[]
}

export function configFileOf(
  { use, preset, needs }: Pick<SenderKind, 'use' | 'preset' | 'needs'>,
  name: string,
  program: string | null,
): ConfigFile {
  const named = needs.map((need) => ({ ...need, variable: variableOf(name, need.name) }))
  const options = named.map(({ name: option, variable, generated, list }) => {
    const value = { env: variable, ...(generated ? { generate: true } : {}) }
    return [option, list ? [value] : value]
  })
  const chosen = preset === null ? {} : { preset }
  const source = { use, options: { ...chosen, ...Object.fromEntries(options) } }
  const rules = program === null ? {} : { rules: [{ on: name, run: program }] }
  return {
    name: `webhooks.d/${name}.json`,
    text: JSON.stringify({ sources: { [name]: source }, ...rules }, null, 2),
    variables: named.filter(({ generated }) => !generated).map(({ variable }) => variable),
  }
}

function variableOf(source: string, option: string): string {
  const words = `${source}_${option}`.replace(/([a-z])([A-Z])/g, '$1_$2')
  return words.replace(/[^A-Za-z0-9]/g, '_').toUpperCase()
}
