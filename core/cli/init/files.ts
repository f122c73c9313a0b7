import { stringify } from 'yaml'
import { firstOptions } from '../../config/schema/first-options.ts'
import type { SourceDefinition } from '../../contracts/source.ts'

export const INIT_FORMATS = ['ts', 'json', 'yaml'] as const
export type InitFormat = (typeof INIT_FORMATS)[number]

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

export const PROGRAM_FILE = 'programs/show-event.mjs'

const COMMAND = ['node', `./${PROGRAM_FILE}`]

/** The program of a new config, which shows where its input comes from. */
export const PROGRAM_TEXT = `// The event comes as JSON on standard input. Its facts are also in WEBHOOK_* variables.
let input = ''
for await (const chunk of process.stdin) input += chunk
const event = JSON.parse(input)

console.log(\`\${event.source}.\${event.type} arrived\`)
console.log(event.facts)
`

/** The text of `webhook.config.{format}` for the sources chosen. */
export function configText(starters: readonly Starter[], format: InitFormat): string {
  if (format === 'ts') return typescriptText(starters)
  const data = configData(starters)
  return format === 'json' ? `${JSON.stringify(data, null, 2)}\n` : stringify(data)
}

function configData(starters: readonly Starter[]) {
  const uses = starters.map(({ name, use, preset, options }) => {
    const values = options.map(({ name: option, variable, isList, isGenerated }) => {
      const value = { env: variable, ...(isGenerated ? { generate: true } : {}) }
      return [option, isList ? [value] : value]
    })
    return [name, { use, options: { ...(preset && { preset }), ...Object.fromEntries(values) } }]
  })
  return {
    sources: Object.fromEntries(uses),
    programs: { show: { use: 'subprocess', options: { command: COMMAND } } },
    rules: starters.map(({ rule }) => ({ ...rule, run: 'show' })),
  }
}

function typescriptText(starters: readonly Starter[]): string {
  const uses = starters.map(({ name, use, preset, options }) => {
    const values = options.map(({ name: option, variable, isList, isGenerated }) => {
      const settings = isGenerated ? ', { generate: true }' : ''
      const value = `env('${variable}'${settings})`
      return `${option}: ${isList ? `[${value}]` : value}`
    })
    const all = preset === undefined ? values : [`preset: '${preset}'`, ...values]
    return `    ${name}: ${use}({ ${all.join(', ')} }),`
  })
  const rules = starters.map(({ rule }) => {
    const when = rule.when === undefined ? '' : ` when: "${rule.when}",`
    return `    { on: '${rule.on}',${when} run: 'show' },`
  })
  const command = COMMAND.map((word) => `'${word}'`).join(', ')
  const names = [...new Set(starters.map(({ use }) => use))].toSorted()
  return [
    "import { defineConfig, env } from 'hookline'",
    "import { subprocess } from 'hookline/executors'",
    `import { ${names.join(', ')} } from 'hookline/sources'`,
    '',
    'export default defineConfig({',
    '  sources: {',
    '    // `generate`: if the variable is not set, a value is generated at the first start, shown once, and stored in the data folder.',
    ...uses,
    '  },',
    '  programs: {',
    `    show: subprocess({ command: [${command}] }),`,
    '  },',
    '  rules: [',
    ...rules,
    '  ],',
    '})',
    '',
  ].join('\n')
}
