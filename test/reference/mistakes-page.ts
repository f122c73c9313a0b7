import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { ConfigFolder, faultsOf } from '../core/config/config-folder.ts'
import { cell, page } from './pages.ts'

const top = join(import.meta.dirname, '../..')
const LONG_TYPE = /'[^']{60,}'/g

/** What is in every config but the one part that is wrong. */
const COMMON = `import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { github } from 'hookline/sources'
const sources = { github: github({ secret: env('GITHUB_SECRET', { default: 'x' }) }) }
const programs = { deploy: subprocess({ command: ['./deploy.sh'] }) }
`

/** Whether the editor sees it: not what is inside a text. */
const MISTAKES: readonly (readonly [what: string, code: string, isSeen?: false])[] = [
  ['an option is misspelt', `sources: { github: github({ secrt: 'x' }) }`],
  ['a secret is missing', 'sources: { github: github({}) }'],
  [
    'options are not under `options`',
    `programs: { deploy: { use: 'subprocess', command: ['./deploy.sh'] } }`,
  ],
  ['a text stands for a list', `programs: { deploy: subprocess({ command: './deploy.sh' }) }`],
  [
    'an option has the name of another tool',
    `programs: { deploy: subprocess({ command: ['./deploy.sh'], timeout: 60 }) }`,
  ],
  ['a setting is misspelt', 'prot: 8080'],
  ['a number is a text', `port: '8080'`],
  ['a program is misspelt', `sources, programs, rules: [{ on: 'github.push', run: 'deplyo' }]`],
  ['a source is not there', `sources, programs, rules: [{ on: 'gitlab.push', run: 'deploy' }]`],
  [
    'a condition has `=`',
    `sources, programs, rules: [{ on: 'github.push', when: "branch = 'main'", run: 'deploy' }]`,
    false,
  ],
]

/** Ten mistakes in a config, and what the editor and `hookline check` say of each. */
export async function mistakesPage(): Promise<string> {
  const lines = MISTAKES.map(([, code], at) => `export const c${at} = defineConfig({ ${code} })`)
  const folder = new ConfigFolder({ 'all.ts': `${COMMON}${lines.join('\n')}\n` })
  const seen = await compilerFaults(folder)
  const rows: string[] = []
  for (const [at, [what, code, isSeen]] of MISTAKES.entries()) {
    const editor = seen.get(COMMON.split('\n').length + at) ?? null
    expect(editor === null, what).toBe(isSeen === false)
    const load = await loadFaults(folder, at)
    expect(load.length, what).toBeGreaterThan(0)
    rows.push(...rowsOf({ what, code, editor, load }))
  }
  return page('Mistakes in a config', [
    'Ten mistakes that people make, and what an editor and `hookline check` say of each. Everything else in these configs is right. [Faults](../config.md#faults) says more.',
    '',
    ...rows,
  ])
}

interface Told {
  readonly what: string
  readonly code: string
  readonly editor: string | null
  readonly load: readonly string[]
}

function rowsOf({ what, code, editor, load }: Told): readonly string[] {
  return [
    `## ${what.charAt(0).toUpperCase()}${what.slice(1)}`,
    '',
    '```ts',
    `defineConfig({ ${code} })`,
    '```',
    '',
    '| Where | Message |',
    '| --- | --- |',
    `| editor | ${editor === null ? 'none: it does not read conditions' : cell(editor)} |`,
    ...load.map((fault) => `| \`check\` | ${cell(fault)} |`),
    '',
  ]
}

/** The fault of each line, as the compiler has it: of several reasons, which differ in their order, the innermost. */
async function compilerFaults(folder: ConfigFolder): Promise<ReadonlyMap<number, string>> {
  folder.write('package.json', { type: 'module' })
  folder.write('tsconfig.json', {
    extends: join(top, 'tsconfig.json'),
    compilerOptions: { typeRoots: [join(top, 'node_modules/@types')], noUnusedLocals: false },
    include: ['all.ts'],
  })
  const words = [
    join(top, 'node_modules/typescript/bin/tsc'),
    '-p',
    folder.path,
    '--singleThreaded',
  ]
  const { stdout } = await promisify(execFile)(process.execPath, words, {
    cwd: folder.path,
  }).catch((error: { stdout: string }) => error)
  const faults = stdout.matchAll(/^all\.ts\((\d+),\d+\): error TS\d+: (.*(?:\n +.*)*)/gm)
  return new Map(
    [...faults].map(([, line, text = '']) => {
      const reason = text.split('\n').at(-1)?.trim() ?? ''
      return [Number(line), reason.replace(LONG_TYPE, "'…'")]
    }),
  )
}

async function loadFaults(folder: ConfigFolder, at: number): Promise<readonly string[]> {
  const file = `c${at}.ts`
  folder.write(file, `export { c${at} as default } from './all.ts'\n`)
  const faults = faultsOf(await folder.fault({ file: folder.file(file), mode: 'check' }))
  return faults.map(({ path, message, remedy }) => `${path}: ${message}. ${remedy}`)
}
