import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const { cache } = createRequire(import.meta.url)
// Requires in place of the modules of a folder, only to be refused; see `forget`.
const FORGETTER = '.hookline-forgets'

/** CommonJS modules, which Node.js knows by their path alone, whatever follows it in the URL. */
export class CommonJs {
  /** By required file of the user: the specifiers that led to it, with the folder of the importer. Kept for good. */
  readonly #requests = new Map<string, Map<string, { folder: string; specifier: string }>>()

  /** Remembers a resolved `require` of a user's file. Node.js asks for each only once per folder. */
  note(importer: string, specifier: string, required: string): void {
    const folder = dirname(importer)
    const known = this.#requests.get(required) ?? new Map()
    this.#requests.set(required, known.set(`${folder}\0${specifier}`, { folder, specifier }))
  }

  /** Files of the user that a loaded module requires; none if it is not CommonJS. */
  requiredBy(path: string): readonly string[] {
    const files = cache[path]?.children.map(({ filename }) => filename) ?? []
    return files.filter((file) => this.#requests.has(file))
  }

  /**
   * Lets Node.js load a file again. It also remembers what each `require` led to. With that, it takes a module of which it
   * has only read the names of the exports for one of a circle, and gives it out empty. It drops that memory when asked
   * for a file that is not loaded, before it resolves it anew, which the hook refuses.
   */
  forget(path: string): void {
    delete cache[path]
    for (const { folder, specifier } of this.#requests.get(path)?.values() ?? []) {
      try {
        createRequire(join(folder, FORGETTER))(specifier)
      } catch {}
    }
  }

  /** Whether a `require` is one of `forget`, which the hook has to refuse. */
  isForgetting(importer: string): boolean {
    return importer.endsWith(FORGETTER)
  }
}
