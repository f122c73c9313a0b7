import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

interface LoadedModule {
  /** The load that imported it. */
  readonly generation: number
  /** Hash of its content; null where it could not be read. */
  readonly content: string | null
  readonly imports: Set<string>
}

/**
 * The user's modules that were imported, by path. A changed file, and what imports it, is imported anew at the
 * next load; all others stay as they are, so that plugins keep their identity across a reload.
 */
export class ModuleGraph {
  readonly #modules = new Map<string, LoadedModule>()
  #generation = 0

  /** Begins a load: forgets every file that changed since, and all that import it. */
  begin(): number {
    for (const [path, module] of this.#modules) {
      if (contentOf(path) !== module.content) this.forget(path)
    }
    this.#generation++
    return this.#generation
  }

  /** Generation under which a file is imported by a load. */
  generationFor(path: string, load: number): number {
    const module = this.#modules.get(path)
    if (module !== undefined) return module.generation
    this.#modules.set(path, { generation: load, content: contentOf(path), imports: new Set() })
    return load
  }

  addImport(importer: string, imported: string): void {
    this.#modules.get(importer)?.imports.add(imported)
  }

  /** Forgets a file and what imports it, by whatever way. */
  forget(path: string): void {
    if (!this.#modules.delete(path)) return
    for (const [importer, { imports }] of this.#modules) {
      if (imports.has(path)) this.forget(importer)
    }
  }

  /** Forgets what a load imported. */
  forgetLoad(load: number): void {
    for (const [path, { generation }] of this.#modules) {
      if (generation === load) this.forget(path)
    }
  }

  /** A file and all it imports, by whatever way; missing ones too. */
  filesOf(path: string, found: Set<string> = new Set()): ReadonlySet<string> {
    if (found.has(path)) return found
    found.add(path)
    for (const imported of this.#modules.get(path)?.imports ?? []) this.filesOf(imported, found)
    return found
  }
}

function contentOf(path: string): string | null {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('base64')
  } catch {
    return null
  }
}
