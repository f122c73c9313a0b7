import { readFile } from 'node:fs/promises'
import { freeName, type Imported } from '../imported.ts'
import { convertHook, TEXTS } from './convert-hook.ts'
import { readHooks } from './read-hooks.ts'
import { replaceTemplates } from './templates.ts'

/** Imports files of hooks for adnanh/webhook. Throws `config_unreadable` with all faults of a file. */
export async function importHooks(files: readonly string[], prefix: string): Promise<Imported> {
  const taken = new Set<string>()
  const imported = { hooks: [], variables: [], notes: [] } as {
    [Part in 'hooks' | 'variables' | 'notes']: Imported[Part][number][]
  }
  for (const file of files) {
    const { text, notes } = replaceTemplates(file, await readFile(file, 'utf8'))
    imported.notes.push(...notes)
    for (const placed of readHooks(file, text)) {
      const name = freeName(placed.hook.id, taken)
      const converted = convertHook(placed, { name, prefix })
      imported.notes.push(...converted.notes)
      imported.variables.push(...converted.variables)
      if (converted.hook === null) continue
      taken.add(name)
      imported.hooks.push(converted.hook)
    }
  }
  const unique = new Map(imported.variables.map((variable) => [variable.name, variable]))
  return {
    ...imported,
    texts: TEXTS,
    title: `Imported from ${files.join(', ')} of adnanh/webhook.`,
    variables: [...unique.values()],
  }
}
