import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isRecord } from '../../kit/is-record.ts'
import type { InitFormat } from './config-text.ts'
import { type Starter, variablesToSet } from './starters.ts'

/** A file around the config, and what happens if it is there: it is kept, or gets what it lacks. */
export interface ProjectFile {
  readonly file: string
  readonly text: string
  /** The text of the file with what it lacks; null if it is to stay as it is. */
  readonly completed?: (text: string) => string | null
}

export interface ProjectOptions {
  readonly folder: string
  readonly format: InitFormat
  readonly starters: readonly Starter[]
}

const PACKAGE_ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const OWN_SCHEMA = 'hookline.schema.json'

/** Everything in a new folder but the config and its program, without the schema. */
export function projectFiles(options: ProjectOptions): readonly ProjectFile[] {
  return [
    gitignore(),
    environmentExample(options.starters),
    ...(options.format === 'ts' ? [packageJson(), tsconfig(options.folder)] : []),
  ].filter((file) => file !== null)
}

/**
 * Where an editor finds the schema of a config in JSON or YAML, from its folder. `isWritten`: Hookline is not installed
 * in this folder, so that the schema has to be written there.
 */
export function schemaPlace(folder: string): {
  readonly path: string
  readonly isWritten: boolean
} {
  const installed = installedFolder(folder)
  const path = installed === null ? '' : join(installed, 'dist/config.schema.json')
  if (!existsSync(path)) return { path: `./${OWN_SCHEMA}`, isWritten: true }
  return { path: fromFolder(folder, path), isWritten: false }
}

// The data folder holds the secrets that were generated, and the token of the admin.
function gitignore(): ProjectFile {
  const ignored = ['data/', '.env', 'node_modules/']
  return {
    file: '.gitignore',
    text: `${ignored.join('\n')}\n`,
    completed: (text) => {
      const present = new Set(text.split(/\r?\n/).map((line) => line.replace(/^\/|\/$/g, '')))
      const missing = ignored.filter((line) => !present.has(line.replace(/\/$/, '')))
      if (missing.length === 0) return null
      return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${missing.join('\n')}\n`
    },
  }
}

function environmentExample(starters: readonly Starter[]): ProjectFile | null {
  const needed = variablesToSet(starters)
  const all = starters.flatMap(({ options }) => options.map(({ variable }) => variable))
  if (all.length === 0) return null
  const made = all.filter((variable) => !needed.includes(variable))
  return {
    file: '.env.example',
    text: [
      '# The variables that the config reads. Hookline reads the environment, and no file:',
      '#   cp .env.example .env && set -a && . ./.env && set +a',
      ...needed.map((variable) => `${variable}=`),
      ...(made.length === 0 ? [] : ['# Made at the first start unless it is set:']),
      ...made.map((variable) => `# ${variable}=`),
      '',
    ].join('\n'),
  }
}

/** Node.js and the compiler take code as modules only where `type` says so. A package with code of its own keeps its type. */
function packageJson(): ProjectFile {
  return {
    file: 'package.json',
    text: '{\n  "private": true,\n  "type": "module"\n}\n',
    completed: (text) => {
      const parsed = parsePackage(text)
      const isOfNpm = parsed !== null && Object.keys(parsed).every((key) => NPM_KEYS.has(key))
      return isOfNpm ? `${JSON.stringify({ type: 'module', ...parsed }, null, 2)}\n` : null
    },
  }
}

/** What `npm install` writes in a folder without code. */
const NPM_KEYS = new Set(['name', 'private', 'version', 'dependencies', 'devDependencies'])

const COMPILER_OPTIONS = {
  target: 'es2024',
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
}

/** Lets an editor and `tsc` check the config as Node.js runs it: types are erased, nothing else is compiled. */
function tsconfig(folder: string): ProjectFile {
  const include = ['webhook.config.ts', 'webhooks.d', 'plugins']
  // In a package of CommonJS, the compiler would refuse the imports of the config.
  const modules = isOfModules(folder)
    ? { module: 'nodenext', moduleResolution: 'nodenext' }
    : { module: 'preserve', moduleResolution: 'bundler' }
  const value =
    installedFolder(folder) === null
      ? typesOfProgram(folder, modules)
      : { compilerOptions: { ...COMPILER_OPTIONS, ...modules } }
  return { file: 'tsconfig.json', text: `${JSON.stringify({ ...value, include }, null, 2)}\n` }
}

/** Whether the package will be one of modules once `packageJson` is written. */
function isOfModules(folder: string): boolean {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return true
  const text = readFileSync(file, 'utf8')
  return parsePackage(packageJson().completed?.(text) ?? text)?.['type'] === 'module'
}

/** Hookline is not in the `node_modules` of the folder: the types are those of the program that runs. */
function typesOfProgram(folder: string, modules: object): object {
  const place = (path: string) => fromFolder(folder, join(PACKAGE_ROOT, path))
  if (existsSync(join(PACKAGE_ROOT, 'core/index.ts'))) {
    const compilerOptions = { ...modules, typeRoots: [place('node_modules/@types')] }
    return { extends: place('tsconfig.json'), compilerOptions }
  }
  const parts = ['sources', 'executors', 'stores', 'tunnels']
  const kinds = ['source', 'executor', 'store', 'tunnel']
  const paths = {
    hookline: [place('core/index.d.ts')],
    ...Object.fromEntries(
      parts.map((part) => [`hookline/${part}`, [place(`plugins/${part}/index.d.ts`)]]),
    ),
    ...Object.fromEntries(
      kinds.map((kind) => [`hookline/sdk/${kind}`, [place(`core/sdk/${kind}.d.ts`)]]),
    ),
    'hookline/testing': [place('core/testing/index.d.ts')],
  }
  return { compilerOptions: { ...COMPILER_OPTIONS, ...modules, paths } }
}

/** The package in a `node_modules` of the folder or of one above it. */
function installedFolder(folder: string): string | null {
  try {
    const file = createRequire(join(folder, 'webhook.config.ts')).resolve('hookline/package.json')
    return file.includes('node_modules') ? dirname(file) : null
  } catch {
    return null
  }
}

function fromFolder(folder: string, path: string): string {
  const relativePath = relative(folder, path).replaceAll('\\', '/')
  return relativePath.startsWith('.') ? relativePath : `./${relativePath}`
}

function parsePackage(text: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(text)
    return isRecord(parsed) ? parsed : null
  } catch {
    return null
  }
}
