import { readFile } from 'node:fs/promises'
import { freeName, type Imported, type Note, type Variable } from '../imported.ts'
import type { Fields, Value } from '../typescript.ts'
import { convertHook, TEXTS } from './convert-hook.ts'
import { readHooks } from './read-hooks.ts'
import { replaceTemplates } from './templates.ts'

/** Imports files of hooks for adnanh/webhook. Throws `config_unreadable` with all faults of a file. */
export async function importHooks(files: readonly string[], prefix: string): Promise<Imported> {
  const sources: Record<string, Value> = {}
  const programs: Record<string, Value> = {}
  const rules: Fields[] = []
  const variables = new Map<string, Variable>()
  const notes: Note[] = []
  for (const file of files) {
    const replaced = replaceTemplates(file, await readFile(file, 'utf8'))
    notes.push(...replaced.notes)
    for (const placed of readHooks(file, replaced.text)) {
      const name = freeName(placed.hook.id, sources)
      const converted = convertHook(placed, { name, prefix })
      notes.push(...converted.notes)
      for (const variable of converted.variables) variables.set(variable.name, variable)
      if (converted.parts === null) continue
      sources[name] = converted.parts.source
      programs[name] = converted.parts.program
      rules.push(converted.parts.rule)
    }
  }
  const title = `Imported from ${files.join(', ')} of adnanh/webhook.`
  return {
    title,
    texts: TEXTS,
    sources,
    programs,
    rules,
    variables: [...variables.values()],
    notes,
  }
}
