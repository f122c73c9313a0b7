import { stringify } from 'yaml'

export const INIT_FORMATS = ['ts', 'json', 'yaml'] as const
export type InitFormat = (typeof INIT_FORMATS)[number]

interface Starter {
  readonly summary: string
  readonly secretOption: string
  readonly variable: string
  readonly rule: { readonly on: string; readonly when?: string }
}

/** Sources that `init` can set up: each with one secret, made at the first start, and a rule to begin with. */
export const STARTERS = {
  github: {
    summary: 'GitHub repositories, organizations and apps',
    secretOption: 'secret',
    variable: 'GITHUB_SECRET',
    rule: { on: 'github.push', when: "branch == 'main'" },
  },
  gitlab: {
    summary: 'GitLab projects and groups',
    secretOption: 'token',
    variable: 'GITLAB_TOKEN',
    rule: { on: 'gitlab.push', when: "branch == 'main'" },
  },
  custom: {
    summary: 'your own programs, and any other sender with a token',
    secretOption: 'token',
    variable: 'CUSTOM_TOKEN',
    rule: { on: 'custom' },
  },
} as const satisfies Readonly<Record<string, Starter>>

export type StarterName = keyof typeof STARTERS

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
export function configText(sources: readonly StarterName[], format: InitFormat): string {
  if (format === 'ts') return typescriptText(sources)
  const data = configData(sources)
  return format === 'json' ? `${JSON.stringify(data, null, 2)}\n` : stringify(data)
}

function configData(sources: readonly StarterName[]) {
  const uses = sources.map((name) => {
    const { secretOption, variable } = STARTERS[name]
    return [name, { use: name, options: { [secretOption]: { env: variable, generate: true } } }]
  })
  return {
    sources: Object.fromEntries(uses),
    programs: { show: { use: 'subprocess', options: { command: COMMAND } } },
    rules: sources.map((name) => ({ ...STARTERS[name].rule, run: 'show' })),
  }
}

function typescriptText(sources: readonly StarterName[]): string {
  const uses = sources.map((name) => {
    const { secretOption, variable } = STARTERS[name]
    return `    ${name}: ${name}({ ${secretOption}: env('${variable}', { generate: true }) }),`
  })
  const rules = sources.map((name) => {
    const rule: Starter['rule'] = STARTERS[name].rule
    const when = rule.when === undefined ? '' : ` when: "${rule.when}",`
    return `    { on: '${rule.on}',${when} run: 'show' },`
  })
  const command = COMMAND.map((word) => `'${word}'`).join(', ')
  return [
    "import { defineConfig, env } from 'hookline'",
    "import { subprocess } from 'hookline/executors'",
    `import { ${sources.toSorted().join(', ')} } from 'hookline/sources'`,
    '',
    'export default defineConfig({',
    '  sources: {',
    '    // What is not in the environment is made at the first start, shown once, and kept in the data folder.',
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
