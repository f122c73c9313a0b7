import { firstOptions } from '../../config/schema/first-options.ts'
import type { SourceDefinition } from '../../contracts/source.ts'

/** A source as a new config holds it. */
export interface Starter {
  readonly name: string
  /** The plugin, if it has another name. */
  readonly use: string
  /** The preset of the plugin, if it needs one. */
  readonly preset?: string
  readonly options: readonly StarterOption[]
  readonly rule: { readonly on: string; readonly when?: string }
}

export interface StarterOption {
  readonly name: string
  readonly variable: string
  /** Whether the option is a list of values. */
  readonly isList: boolean
  /** Whether the receiver chooses its value, so that it can be generated here. */
  readonly isGenerated: boolean
}

/** A source for a new config, with the options it needs, read from the environment. */
export function starterOf(definition: SourceDefinition): Starter {
  const { name } = definition
  const isCode = name === 'github' || name === 'gitlab'
  return {
    name,
    use: name,
    options: firstOptions(definition).map(({ name: option, isList, isGenerated }) => ({
      name: option,
      variable: variableOf(name, option),
      isList,
      isGenerated,
    })),
    rule: isCode ? { on: `${name}.push`, when: "branch == 'main'" } : { on: name },
  }
}

/** A sender that a preset of a source describes; undefined if there is none of the name. */
export function presetStarterOf(
  { name: use, presets = {} }: SourceDefinition,
  preset: string,
): Starter | undefined {
  const found = Object.hasOwn(presets, preset) ? presets[preset] : undefined
  if (found === undefined) return undefined
  const isGenerated = found.generates === true
  const secret = {
    name: 'secret',
    variable: variableOf(preset, 'secret'),
    isList: false,
    isGenerated,
  }
  return { name: preset, use, preset, options: [secret], rule: { on: preset } }
}

function variableOf(source: string, option: string): string {
  return `${source}_${option}`.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()
}

/** Variables that must be set before the first start, since their values cannot be generated. */
export function variablesToSet(starters: readonly Starter[]): readonly string[] {
  const options = starters.flatMap((starter) => starter.options)
  return options.filter(({ isGenerated }) => !isGenerated).map(({ variable }) => variable)
}
