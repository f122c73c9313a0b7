import { stringify } from 'yaml'
import type { FirstProgram } from './first-program.ts'
import type { Starter } from './starters.ts'

export const INIT_FORMATS = ['ts', 'json', 'yaml'] as const
export type InitFormat = (typeof INIT_FORMATS)[number]

export interface ConfigTextOptions {
  readonly starters: readonly Starter[]
  readonly program: FirstProgram
  readonly format: InitFormat
  /** Path of the JSON Schema, from the folder of the config. */
  readonly schema: string
}

/** The text of `webhook.config.{format}`. */
export function configText(options: ConfigTextOptions): string {
  const { format, schema } = options
  if (format === 'ts') return typescriptText(options)
  const data = configData(options)
  return format === 'json'
    ? `${JSON.stringify({ $schema: schema, ...data }, null, 2)}\n`
    : `# yaml-language-server: $schema=${schema}\n${stringify(data)}`
}

function configData({ starters, program }: ConfigTextOptions) {
  const uses = starters.map(({ name, use, preset, options }) => {
    const values = options.map(({ name: option, variable, isList, isGenerated }) => {
      const value = { env: variable, ...(isGenerated ? { generate: true } : {}) }
      return [option, isList ? [value] : value]
    })
    return [name, { use, options: { ...(preset && { preset }), ...Object.fromEntries(values) } }]
  })
  return {
    sources: Object.fromEntries(uses),
    programs: { show: { use: program.use, options: program.options } },
    rules: starters.map(({ rule }) => ({ ...rule, run: 'show' })),
  }
}

function typescriptText({ starters, program }: ConfigTextOptions): string {
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
  const names = [...new Set(starters.map(({ use }) => use))].toSorted()
  return [
    "import { defineConfig, env } from 'hookline'",
    `import { ${program.use} } from 'hookline/executors'`,
    `import { ${names.join(', ')} } from 'hookline/sources'`,
    '',
    'export default defineConfig({',
    '  sources: {',
    '    // `generate`: if the variable is not set, a value is generated at the first start, shown once, and stored in the data folder.',
    ...uses,
    '  },',
    '  programs: {',
    `    show: ${program.use}(${program.optionsText}),`,
    '  },',
    '  rules: [',
    ...rules,
    '  ],',
    '})',
    '',
  ].join('\n')
}
