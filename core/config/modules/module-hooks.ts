import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { type ResolveHookContext, registerHooks } from 'node:module'
import { dirname, join, resolve as resolvePath } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { guardedImport } from './guarded-import.ts'
import { ModuleGraph } from './module-graph.ts'
import { namedPlugins } from './named-plugins.ts'
import { nativeImport } from './native-import.ts'

type NextResolve = (specifier: string, context?: Partial<ResolveHookContext>) => Resolved

interface Resolved {
  url: string
  format?: string | null
  shortCircuit?: boolean
}

const QUERY = 'hookline'
// Node resolves a package name only relative to a module. This scheme carries that module.
const PACKAGE_SCHEME = 'hookline-package:'
const PACKAGE_ROOT = new URL('../../../', import.meta.url)
// Built files end in .js, sources in .ts, and both lie in the same folders.
const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js'

/** Names that any config can import, and the files of this package that they resolve to. */
const OWN_MODULES: Readonly<Record<string, string>> = {
  hookline: 'core/index',
  'hookline/sources': 'plugins/sources/index',
  'hookline/executors': 'plugins/executors/index',
  'hookline/stores': 'plugins/stores/index',
  'hookline/tunnels': 'plugins/tunnels/index',
  'hookline/sdk/source': 'core/sdk/source',
  'hookline/sdk/executor': 'core/sdk/executor',
  'hookline/sdk/store': 'core/sdk/store',
  'hookline/sdk/tunnel': 'core/sdk/tunnel',
  'hookline/testing': 'core/testing/index',
}

const graph = new ModuleGraph()
let registered = false

/** Generations of loads that need no plugins. */
const withoutPlugins = new Map<number, boolean>()

export type Freshness = 'always' | 'changed'

/** Whether a load gets the built-in plugins that it imports by name, or only their names and options. */
export type PluginParts = 'whole' | 'names'

/** One load of a config. It imports files as they are now, not as they were at an earlier load. */
export class ModuleLoad {
  readonly #generation: number
  readonly #roots = new Set<string>()
  readonly #failedFiles = new Set<string>()
  /** When config files are imported again; see `LoadOptions`. */
  readonly freshness: Freshness

  constructor(freshness: Freshness = 'always', plugins: PluginParts = 'whole') {
    this.freshness = freshness
    register()
    this.#generation = graph.begin()
    if (plugins === 'names') withoutPlugins.set(this.#generation, false)
  }

  /** Whether a file of it was given a plugin of which only the name is there. */
  get hadStandIns(): boolean {
    return withoutPlugins.get(this.#generation) === true
  }

  /** Imports a user's file: again at each load (`always`), or only if it or a file that it imports has `changed`. */
  async import(path: string, freshness: Freshness): Promise<Record<string, unknown>> {
    const real = realPathOf(path)
    if (freshness === 'always') graph.forget(real)
    this.#roots.add(path).add(real)
    try {
      const url = withGeneration(real, this.#generation)
      return await guardedImport(
        () => nativeImport(url),
        (stack) => [real, ...this.files()].some((file) => stack.includes(pathToFileURL(file).href)),
      )
    } catch (error) {
      for (const file of graph.filesOf(real)) this.#failedFiles.add(file)
      // Node would repeat the same error even if its cause is gone.
      graph.forgetLoad(this.#generation)
      throw error
    }
  }

  /** Imports an installed package as a file in that folder would. It is imported only once per process. */
  async importPackage(name: string, folder: string): Promise<Record<string, unknown>> {
    const from = pathToFileURL(join(folder, 'webhook.config.ts')).href
    const url = `${PACKAGE_SCHEME}${name}?${new URLSearchParams({ from })}`
    return guardedImport(
      () => nativeImport(url),
      (stack) => stack.includes(`/node_modules/${name}/`),
    )
  }

  /** All files imported so far, directly or not, even if they are missing. */
  files(): readonly string[] {
    const files = new Set(this.#failedFiles)
    for (const root of this.#roots) graph.filesOf(root, files)
    return [...files]
  }
}

// Node caches the targets of links, but those of a mounted config may change.
function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

// Once per process: each registered hook slows down every import.
function register(): void {
  if (registered) return
  registered = true
  registerHooks({ resolve: resolve as never })
}

function resolve(specifier: string, context: ResolveHookContext, next: NextResolve): Resolved {
  const own = ownModule(specifier)
  if (own !== null) {
    const url = OWN_MODULES[specifier]?.startsWith('plugins/')
      ? partOf(own, specifier, context.parentURL)
      : own
    return { url, shortCircuit: true }
  }
  if (specifier.startsWith(PACKAGE_SCHEME)) {
    const { pathname, searchParams } = new URL(specifier)
    return next(pathname, { ...context, parentURL: searchParams.get('from') ?? '' })
  }
  const importer = generationOf(context.parentURL)
  if (importer === null) {
    const { conditions, parentURL } = context
    // Node.js 22 gives a set for `require`.
    const isRequired = new Set(conditions).has('require') && parentURL?.startsWith('file:') === true
    return isRequired
      ? resolveRequired(specifier, context, next, fileURLToPath(parentURL))
      : withFormat(resolveForPackage(specifier, context, next))
  }
  const resolved = resolveForUser(specifier, context, next, importer.path)
  if (!isUserFile(resolved.url)) return resolved
  const path = fileURLToPath(resolved.url)
  graph.addImport(importer.path, path)
  return withFormat({ ...resolved, url: withGeneration(path, importer.generation) })
}

// The URL of a CommonJS module that requires another one has no generation.
function resolveRequired(
  specifier: string,
  context: ResolveHookContext,
  next: NextResolve,
  importer: string,
): Resolved {
  if (graph.commonJs.isForgetting(importer)) throw new Error('It is only forgotten')
  try {
    const resolved = withFormat(resolveForPackage(specifier, context, next))
    if (isUserFile(resolved.url)) {
      const path = fileURLToPath(resolved.url)
      graph.commonJs.note(importer, specifier, path)
      graph.addRequired(importer, path)
    }
    return resolved
  } catch (error) {
    // The missing file may exist at the next load.
    if (isFileName(specifier)) {
      graph.addRequired(importer, resolvePath(dirname(importer), specifier))
    }
    throw error
  }
}

function resolveForUser(
  specifier: string,
  context: ResolveHookContext,
  next: NextResolve,
  importer: string,
): Resolved {
  try {
    return next(specifier, context)
  } catch (error) {
    // Plugins need zod. A folder without its own gets the one of this package.
    if (specifier === 'zod') return next(specifier, { ...context, parentURL: import.meta.url })
    // The missing file may exist at the next load.
    if (isFileName(specifier)) {
      graph.addImport(importer, fileURLToPath(new URL(specifier, pathToFileURL(importer))))
    }
    throw error
  }
}

function resolveForPackage(
  specifier: string,
  context: ResolveHookContext,
  next: NextResolve,
): Resolved {
  if (specifier !== 'zod') return next(specifier, context)
  try {
    return next(specifier, context)
  } catch {
    return next(specifier, { ...context, parentURL: import.meta.url })
  }
}

/** Whether it names a file, and no package. */
function isFileName(specifier: string): boolean {
  return /^\.{0,2}\//.test(specifier)
}

function ownModule(specifier: string): string | null {
  const path = Object.hasOwn(OWN_MODULES, specifier) ? OWN_MODULES[specifier] : undefined
  if (path === undefined) return null
  const url = new URL(path + EXTENSION, PACKAGE_ROOT)
  return existsSync(url) ? url.href : null
}

/** A module with those plugins of a list that a user's module imports, or the list. Each plugin has a folder of its name. */
function partOf(list: string, specifier: string, parentUrl: string | undefined): string {
  const importer = generationOf(parentUrl)
  if (importer === null) return list
  const names = namedPlugins(readFileSync(importer.path, 'utf8'), specifier) ?? []
  const files = names.map((name) => new URL(`${name}/index${EXTENSION}`, list))
  if (files.length === 0 || !files.every((file) => existsSync(file))) return list
  const isWithout = withoutPlugins.has(importer.generation)
  if (isWithout) withoutPlugins.set(importer.generation, true)
  const exportOf = isWithout
    ? (_: URL, name = '') => `export const ${name} = (options) => ({ use: '${name}', options })`
    : ({ href }: URL, name = '') => `export { ${name} } from ${JSON.stringify(href)}`
  const lines = new Set(files.map((file, at) => exportOf(file, names[at])))
  return `data:text/javascript,${encodeURIComponent([...lines].join('\n'))}`
}

// Node would take the format from the nearest package.json, which is often CommonJS. A config in TypeScript is always a module.
function withFormat(resolved: Resolved): Resolved {
  const isOfUser = generationOf(resolved.url) !== null
  return isOfUser && new URL(resolved.url).pathname.endsWith('.ts')
    ? { ...resolved, format: 'module-typescript' }
    : resolved
}

function withGeneration(path: string, load: number): string {
  const url = pathToFileURL(path)
  url.searchParams.set(QUERY, String(graph.generationFor(path, load)))
  return url.href
}

function generationOf(url: string | undefined): { path: string; generation: number } | null {
  if (url === undefined || !url.startsWith('file:') || !url.includes(`${QUERY}=`)) return null
  const parsed = new URL(url)
  const generation = parsed.searchParams.get(QUERY)
  return generation === null
    ? null
    : { path: fileURLToPath(parsed), generation: Number(generation) }
}

function isUserFile(url: string): boolean {
  return (
    url.startsWith('file:') &&
    !url.includes('/node_modules/') &&
    !['core/', 'plugins/'].some((folder) => url.startsWith(new URL(folder, PACKAGE_ROOT).href))
  )
}
