import { execFileSync } from 'node:child_process'
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, posix, relative } from 'node:path'
import {
  type ChunkingContext,
  type CodeSplittingNameFunction,
  type OutputChunk,
  type Plugin,
  rolldown,
} from 'rolldown'
import { builtInDefinitions } from '../core/config/modules/built-in.ts'
import { configJsonSchema } from '../core/config/schema/config-json-schema.ts'
import packageJson from '../package.json' with { type: 'json' }
import { filesOf } from './files-of.ts'

// Makes `dist`, the content of the npm package. Modules that are always needed together are joined in one file, those of
// dependencies too: Node.js needs longer to find and link a module than to run it. No module is in two files.

const TOP = join(import.meta.dirname, '..')
const OUT = 'dist'
/** Modules that are found by their path: by `package.json`, by the name of a plugin, as a thread or as a program. */
const ENTRIES = [
  'core/cli/bin.ts',
  'core/node/receivers/{receiver-main,orphan-thread}.ts',
  'core/{index,testing/index}.ts',
  'core/sdk/{source,executor,store,tunnel}.ts',
  'plugins/*/{,*/}index.ts',
  'plugins/stores/sqlite/batch/thread.ts',
  'plugins/stores/sqlite/database/{backup-thread,check-program,write-back-thread}.ts',
]
/** What loads modules together. `command` are those that ask the service, `place` is how they find it. */
const LOADERS = {
  start: ['core/{cli/commands/start,node/node}.ts'],
  serve: ['core/{node/serve,api/metrics/node-metrics}.ts'],
  config: ['core/{index,config/load/load}.ts', 'core/sdk/*.ts', 'plugins/*/{,*/}index.ts'],
  receiver: ['core/node/receivers/receiver-main.ts'],
  store: ['plugins/stores/sqlite/batch/thread.ts'],
  command: ['core/cli/main.ts', 'core/cli/commands/!(start|dev|check|send|redact).ts'],
  place: ['core/{index,config/load/service-place}.ts'],
  check: [
    'core/cli/{commands/{check,send},test/record,store/*,forward/command,systemd/command}.ts',
  ],
  init: ['core/cli/{init/*command,import/command}.ts'],
  version: ['core/kit/version.ts'],
}
/** Files that are read as they are. */
const ASSETS = ['{core,plugins}/**/*.py', 'core/dashboard/client/*']
/** Optional packages, and one that cosmiconfig requires only to read YAML, which it leaves to our own loaders. */
const EXTERNAL = [...Object.keys(packageJson.peerDependencies), 'js-yaml']
/** The file of a thread or program, as modules name it. */
const STARTED = /["']\.\/([\w/-]+\.ts)["'] : /g
/** Imports from Node.js, as the bundler writes them. */
const BUILT_IN =
  /^import (?:([\w$]+)(?:, | ))?(?:\* as ([\w$]+) |\{ (.+) \} )?from ("node:[\w/]+");$/gm
const PLACE = /__placeOf\(["'`]([^"'`]+)["'`]\)/g

process.chdir(TOP)
rmSync(OUT, { recursive: true, force: true })
const compiler = 'node_modules/typescript/bin/tsc'
execFileSync(process.execPath, [compiler, '-p', '.ci/tsconfig.build.json'], { stdio: 'inherit' })
await writeModules()
const schema = configJsonSchema(await builtInDefinitions())
writeFileSync(join(OUT, 'config.schema.json'), `${JSON.stringify(schema)}\n`)
for (const file of filesOf(ASSETS)) cpSync(file, join(OUT, file))

async function writeModules(): Promise<void> {
  const files = filesOf(ENTRIES)
  const bundle = await rolldown({
    input: Object.fromEntries(files.map((file) => [file.replace(/\.ts$/, ''), `./${file}`])),
    platform: 'node',
    preserveEntrySignatures: 'allow-extension',
    checks: { ineffectiveDynamicImport: false },
    external: (id) => EXTERNAL.some((name) => id === name || id.startsWith(`${name}/`)),
    plugins: [keepPlaces(new Set(files)), takeBuiltIns()],
  })
  // Not minified, so that a stack trace names functions and lines.
  const { output } = await bundle.write({
    dir: OUT,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    comments: { legal: true, annotation: false, jsdoc: false },
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [{ name: joinStart(), debugName: 'start' }],
    },
  })
  writeFileSync(join(OUT, 'LICENSES.txt'), licenses(output.filter((file) => file.type === 'chunk')))
}

/**
 * Joins what a start of the service loads by who else loads it. What a module imports is loaded by all that load the
 * module, so these files import each other in one direction.
 */
function joinStart(): CodeSplittingNameFunction {
  let loaded: readonly (readonly [name: string, ids: ReadonlySet<string>])[] | undefined
  return (id, modules) => {
    loaded ??= Object.entries(LOADERS).map(([name, files]) => [
      name,
      closure(
        filesOf(files).map((file) => join(TOP, file)),
        modules,
      ),
    ])
    // Of zod, only the part that is used: the bundler knows which.
    if (id.includes('/node_modules/zod/')) return null
    const [first, ...others] = loaded.flatMap(([name, ids]) => (ids.has(id) ? [name] : []))
    if (first !== 'start' && first !== 'serve') return null
    // What a node needs to serve, it loads after its start.
    return [first, ...others.filter((name) => name !== 'serve')].join('-')
  }
}

/** All modules that these import, and themselves. */
function closure(
  ids: readonly string[],
  modules: Pick<ChunkingContext, 'getModuleInfo'>,
): ReadonlySet<string> {
  const found = new Set(ids)
  for (const id of found)
    for (const next of modules.getModuleInfo(id)?.importedIds ?? []) found.add(next)
  return found
}

/** A module finds files of the package from its own place, which is not where its code ends up. */
function keepPlaces(entries: ReadonlySet<string>): Plugin {
  return {
    name: 'keep-places',
    transform(code, id) {
      if (id.includes('/node_modules/') || !code.includes('import.meta.url')) return null
      const file = relative(TOP, id).replace(/\.ts$/, '.js')
      for (const [, started = ''] of code.matchAll(STARTED)) {
        const path = posix.join(posix.dirname(file), started)
        if (!entries.has(path)) throw new Error(`${file} starts ${path}, which is no entry`)
      }
      return code.replaceAll('import.meta.url', `__placeOf('${file}')`)
    },
    renderChunk(code, { fileName }) {
      const folder = posix.dirname(fileName)
      const placed = code.replace(
        PLACE,
        (_, file: string) =>
          `new URL(${JSON.stringify(posix.relative(folder, file))}, import.meta.url).href`,
      )
      // V8 keeps two bytes for each character of a file that has others.
      return placed.replace(
        /[^\0-\x7f]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
    },
  }
}

/**
 * An `import` from Node.js reads all exports of that module, and some of them load others. `bin` keeps its own: an older
 * Node.js, which it has to refuse, cannot do without.
 */
function takeBuiltIns(): Plugin {
  return {
    name: 'take-built-ins',
    renderChunk(code, { fileName }) {
      if (fileName === 'core/cli/bin.js') return null
      return code.replace(BUILT_IN, (_, whole, all, some: string | undefined, name) => {
        const names = [whole, all, some && `{ ${some.replaceAll(' as ', ': ')} }`]
        const from = `globalThis.process.getBuiltinModule(${name})`
        return names.flatMap((each) => (each ? [`const ${each} = ${from};`] : [])).join(' ')
      })
    },
  }
}

/** The licenses of the packages whose code is in these files. */
function licenses(chunks: readonly OutputChunk[]): string {
  const folders = chunks
    .flatMap(({ moduleIds }) => moduleIds)
    .flatMap((id) => /.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? [])
  return [...new Set(folders)]
    .toSorted()
    .map((folder) => {
      const { name, version, license } = JSON.parse(
        readFileSync(join(folder, 'package.json'), 'utf8'),
      )
      const texts = globSync('{LICEN[CS]E,license,COPYING}*', { cwd: folder }).map((file) =>
        readFileSync(join(folder, file), 'utf8').trim(),
      )
      return [`${name} ${version} (${license})`, ...texts].join('\n\n')
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`)
}
