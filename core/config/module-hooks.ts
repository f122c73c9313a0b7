import { existsSync, realpathSync } from 'node:fs'
import { createRequire, type ResolveHookContext, registerHooks } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ModuleGraph } from './module-graph.ts'
import { nativeImport } from './native-import.ts'

type NextResolve = (specifier: string, context?: Partial<ResolveHookContext>) => Resolved

interface Resolved {
  url: string
  format?: string | null
  shortCircuit?: boolean
}

const QUERY = 'hookline'
// Node resolves a bare name only from a module; this says from which.
const PACKAGE_SCHEME = 'hookline-package:'
const PACKAGE_ROOT = new URL('../../', import.meta.url)
// Built files end in .js, sources in .ts, and both lie in the same folders.
const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js'

/** What a config may import, wherever it lies, and the file of this package that it gets. */
const OWN_MODULES: Readonly<Record<string, string>> = {
  hookline: 'core/index',
  'hookline/sources': 'plugins/sources/index',
  'hookline/executors': 'plugins/executors/index',
  'hookline/stores': 'plugins/stores/index',
  'hookline/testing': 'test/contracts/index',
}

const graph = new ModuleGraph()
const commonJs = createRequire(import.meta.url)
let registered = false

export type Freshness = 'always' | 'changed'

/** One load of a config: what it imports is imported as it is now, not as it was at an earlier load. */
export class ModuleLoad {
  readonly #generation: number
  readonly #roots = new Set<string>()
  readonly #failedFiles = new Set<string>()
  /** Of config files; see `LoadOptions`. */
  readonly freshness: Freshness

  constructor(freshness: Freshness = 'always') {
    this.freshness = freshness
    register()
    this.#generation = graph.begin()
  }

  /** Imports a user's file: always anew for a config file, else where it or what it imports has changed. */
  async import(path: string, freshness: Freshness): Promise<Record<string, unknown>> {
    const real = realPathOf(path)
    if (freshness === 'always') graph.forget(real)
    if (real.endsWith('.cjs')) delete commonJs.cache[real]
    this.#roots.add(path).add(real)
    try {
      return await nativeImport(withGeneration(real, this.#generation))
    } catch (error) {
      for (const file of graph.filesOf(real)) this.#failedFiles.add(file)
      // Node would give the same failure again, even where the cause is gone.
      graph.forgetLoad(this.#generation)
      throw error
    }
  }

  /** Imports an installed package as a file in that folder would. It stays as it is until the process ends. */
  async importPackage(name: string, folder: string): Promise<Record<string, unknown>> {
    const from = pathToFileURL(join(folder, 'webhook.config.ts')).href
    return nativeImport(`${PACKAGE_SCHEME}${name}?${new URLSearchParams({ from })}`)
  }

  /** Every file imported so far, by whatever way; missing ones too. */
  files(): readonly string[] {
    const files = new Set(this.#failedFiles)
    for (const root of this.#roots) graph.filesOf(root, files)
    return [...files]
  }
}

// Node remembers where a link led; a mounted config's may lead elsewhere by now.
function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

// Once a process: hooks cannot be seen from outside, and each one costs at every import.
function register(): void {
  if (registered) return
  registered = true
  registerHooks({ resolve: resolve as never })
}

function resolve(specifier: string, context: ResolveHookContext, next: NextResolve): Resolved {
  const own = ownModule(specifier)
  if (own !== null) return { url: own, shortCircuit: true }
  if (specifier.startsWith(PACKAGE_SCHEME)) {
    const { pathname, searchParams } = new URL(specifier)
    return next(pathname, { ...context, parentURL: searchParams.get('from') ?? '' })
  }
  const importer = generationOf(context.parentURL)
  if (importer === null) return withFormat(resolveForPackage(specifier, context, next))
  const resolved = resolveForUser(specifier, context, next, importer.path)
  if (!isUserFile(resolved.url)) return resolved
  const path = fileURLToPath(resolved.url)
  graph.addImport(importer.path, path)
  return withFormat({ ...resolved, url: withGeneration(path, importer.generation) })
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
    // Plugins are written with zod; a folder without its own gets this package's.
    if (specifier === 'zod') return next(specifier, { ...context, parentURL: import.meta.url })
    // A file that is missing now may be there at the next load.
    if (/^\.{0,2}\//.test(specifier)) {
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

function ownModule(specifier: string): string | null {
  const path = Object.hasOwn(OWN_MODULES, specifier) ? OWN_MODULES[specifier] : undefined
  if (path === undefined) return null
  const url = new URL(path + EXTENSION, PACKAGE_ROOT)
  return existsSync(url) ? url.href : null
}

// Node would ask the nearest package.json, and many say CommonJS; a config in TypeScript is always a module.
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
