import { readFileSync } from 'node:fs'
import { CommonJs } from './common-js.ts'

interface LoadedModule {
  /** Number of the load that imported it. */
  readonly generation: number
  /** Null if it could not be read. */
  readonly content: string | null
  readonly imports: Set<string>
}

/**
 * Imported modules of the user, by path. The next load imports changed files again, and all files that import them.
 * Other modules stay, so that plugins keep their identity across a reload.
 */
export class ModuleGraph {
  readonly commonJs = new CommonJs()
  readonly #modules = new Map<string, LoadedModule>()
  /** What CommonJS modules require, as far as Node.js asked. Kept for good, since it does not ask again at each load. */
  readonly #required = new Map<string, Set<string>>()
  #generation = 0

  /** Begins a load. Forgets every file that has changed, and all files that import it. */
  begin(): number {
    for (const [path, module] of this.#modules) {
      if (contentOf(path) !== module.content) this.forget(path)
    }
    this.#generation++
    return this.#generation
  }

  /** Generation of a file, which is part of the URL that a load imports. */
  generationFor(path: string, load: number): number {
    const module = this.#modules.get(path)
    if (module !== undefined) return module.generation
    this.#modules.set(path, { generation: load, content: contentOf(path), imports: new Set() })
    return load
  }

  addImport(importer: string, imported: string): void {
    this.#modules.get(importer)?.imports.add(imported)
  }

  /** The same for a file that a CommonJS module requires. It belongs to the load of that one. */
  addRequired(importer: string, imported: string): void {
    const generation = this.#modules.get(importer)?.generation
    if (generation === undefined) return
    this.generationFor(imported, generation)
    this.#required.set(importer, (this.#required.get(importer) ?? new Set()).add(imported))
  }

  /** Forgets a file and all files that import it, directly or not. */
  forget(path: string): void {
    if (!this.#modules.delete(path)) return
    this.commonJs.forget(path)
    for (const importer of this.#modules.keys()) {
      if (this.#importsOf(importer).has(path)) this.forget(importer)
    }
  }

  /** Forgets all files that a load imported first. */
  forgetLoad(load: number): void {
    for (const [path, { generation }] of this.#modules) {
      if (generation === load) this.forget(path)
    }
  }

  /** A file and all files that it imports, directly or not, even if they are missing. */
  filesOf(path: string, found: Set<string> = new Set()): ReadonlySet<string> {
    if (found.has(path)) return found
    found.add(path)
    for (const imported of this.#importsOf(path)) this.filesOf(imported, found)
    return found
  }

  #importsOf(path: string): ReadonlySet<string> {
    const imports = this.#modules.get(path)?.imports ?? []
    const required = this.#required.get(path) ?? []
    return new Set([...imports, ...required, ...this.commonJs.requiredBy(path)])
  }
}

function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}
