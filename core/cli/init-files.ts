import { stringify } from 'yaml'
import { z } from 'zod'
import type { SourceDefinition } from '../contracts/source.ts'

export const INIT_FORMATS = ['ts', 'json', 'yaml'] as const
export type InitFormat = (typeof INIT_FORMATS)[number]

/** A source as a new config holds it. */
export interface Starter {
  readonly name: string
  readonly options: readonly StarterOption[]
  readonly rule: { readonly on: string; readonly when?: string }
}

export interface StarterOption {
  readonly name: string
  readonly variable: string
  /** The option is a list of such values. */
  readonly isList: boolean
}

/** Sources whose secret is the receiver's to choose: it can be made here. All others are given theirs by the sender. */
const SECRET_IS_OURS = new Set([
  ...[
    'alertmanager',
    'bitbucket',
    'cloudevents',
    'custom',
    'dockerhub',
    'gitea',
    'github',
    'gitlab',
  ],
  ...['grafana', 'jira', 'msgraph', 'telegram', 'woocommerce'],
])

/** The way in to begin with, where a source knows several and needs none in particular. */
const FIRST_CHOICE: Readonly<Record<string, string>> = { gitlab: 'token' }

/** What a new config says of a source: each option that it needs, from the environment. */
export function starterOf({ name, options }: SourceDefinition): Starter {
  const json = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' })
  const properties = Object.entries(json.properties ?? {})
  const isSecret = (property: unknown) => JSON.stringify(property).includes('"hooklineSecret":true')
  const firstSecret = properties.find(([, property]) => isSecret(property))?.[0]
  const choice = FIRST_CHOICE[name] ?? firstSecret
  const needed = json.required?.length ? json.required : choice === undefined ? [] : [choice]
  const isCode = name === 'github' || name === 'gitlab'
  return {
    name,
    options: needed.map((option) => ({
      name: option,
      variable: `${name}_${option}`.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase(),
      isList: Object(json.properties?.[option]).type === 'array',
    })),
    rule: isCode ? { on: `${name}.push`, when: "branch == 'main'" } : { on: name },
  }
}

/** Variables that must be set before the first start, since nothing can make their values. */
export function variablesToSet(starters: readonly Starter[]): readonly string[] {
  const issued = starters.filter(({ name }) => !SECRET_IS_OURS.has(name))
  return issued.flatMap(({ options }) => options.map(({ variable }) => variable))
}

export const PROGRAM_FILE = 'programs/show-event.mjs'

const COMMAND = ['node', `./${PROGRAM_FILE}`]

/** The program of a new config: shows where each kind of input is found. */
export const PROGRAM_TEXT = `// The event arrives as JSON on standard input, and its facts as WEBHOOK_* variables too.
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
  const uses = starters.map(({ name, options }) => {
    const values = options.map(({ name: option, variable, isList }) => {
      const value = { env: variable, ...(SECRET_IS_OURS.has(name) ? { generate: true } : {}) }
      return [option, isList ? [value] : value]
    })
    return [name, { use: name, options: Object.fromEntries(values) }]
  })
  return {
    sources: Object.fromEntries(uses),
    programs: { show: { use: 'subprocess', options: { command: COMMAND } } },
    rules: starters.map(({ rule }) => ({ ...rule, run: 'show' })),
  }
}

function typescriptText(starters: readonly Starter[]): string {
  const uses = starters.map(({ name, options }) => {
    const settings = SECRET_IS_OURS.has(name) ? ', { generate: true }' : ''
    const values = options.map(({ name: option, variable, isList }) => {
      const value = `env('${variable}'${settings})`
      return `${option}: ${isList ? `[${value}]` : value}`
    })
    return `    ${name}: ${name}({ ${values.join(', ')} }),`
  })
  const rules = starters.map(({ rule }) => {
    const when = rule.when === undefined ? '' : ` when: "${rule.when}",`
    return `    { on: '${rule.on}',${when} run: 'show' },`
  })
  const command = COMMAND.map((word) => `'${word}'`).join(', ')
  const names = starters.map(({ name }) => name).toSorted()
  return [
    "import { defineConfig, env } from 'hookline'",
    "import { subprocess } from 'hookline/executors'",
    `import { ${names.join(', ')} } from 'hookline/sources'`,
    '',
    'export default defineConfig({',
    '  sources: {',
    '    // `generate`: what is not in the environment is made at the first start, shown once, and kept in the data folder.',
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
