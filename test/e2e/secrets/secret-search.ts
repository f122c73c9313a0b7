import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { secretForms } from '../../../core/redaction/secret-forms.ts'

/** A secret that was found: its name, and where. */
export interface Found {
  readonly what: string
  readonly where: string
}

/** Searches for texts in every form that a redactor knows. */
export class SecretSearch {
  readonly #forms: readonly { readonly what: string; readonly bytes: Buffer }[]

  constructor(texts: Readonly<Record<string, string>>) {
    this.#forms = Object.entries(texts).flatMap(([what, text]) =>
      [...secretForms(text)].map((form) => ({ what, bytes: Buffer.from(form) })),
    )
  }

  in(where: string, content: string | Buffer): readonly Found[] {
    const bytes = Buffer.from(content)
    const found = this.#forms.filter((form) => bytes.includes(form.bytes))
    return [...new Set(found.map(({ what }) => what))].map((what) => ({ what, where }))
  }

  /** Searches all files of a folder, except those whose path `isLeftOut` excludes. */
  inFolder(folder: string, isLeftOut: (path: string) => boolean): readonly Found[] {
    return filesIn(folder)
      .map((file) => relative(folder, file))
      .filter((path) => !isLeftOut(path))
      .flatMap((path) => this.in(path, readFileSync(join(folder, path))))
  }

  /** Searches command lines and environments of all child processes. `isLeftOut` excludes what the user put there. */
  inProcesses(parent: number, isLeftOut: (where: string, command: string) => boolean) {
    return below(parent).flatMap((id) => {
      const command = commandOf(id)
      return ['cmdline', 'environ'].flatMap((file) =>
        isLeftOut(file, command) ? [] : this.in(`${file} of ${command}`, read(id, file)),
      )
    })
  }
}

export function filesIn(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names.map((name) => join(folder, name)).filter((file) => statSync(file).isFile())
}

/** Ids of all descendants of a process. */
export function below(parent: number): readonly number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const id = Number(name)
    if (!Number.isInteger(id)) continue
    // The name of the program is in parentheses, and may contain anything.
    const fields = read(id, 'stat').toString().split(') ').at(-1)?.split(' ')
    if (fields !== undefined) parents.set(id, Number(fields[1]))
  }
  const isBelow = (id: number): boolean => {
    const next = parents.get(id)
    return next !== undefined && (next === parent || isBelow(next))
  }
  return [...parents.keys()].filter(isBelow)
}

export function commandOf(id: number): string {
  return read(id, 'cmdline').toString().replaceAll('\0', ' ')
}

// The process may have ended meanwhile.
function read(id: number, file: string): Buffer {
  try {
    return readFileSync(`/proc/${id}/${file}`)
  } catch {
    return Buffer.alloc(0)
  }
}
