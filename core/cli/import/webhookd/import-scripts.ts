import { constants } from 'node:fs'
import { access, readdir, readFile } from 'node:fs/promises'
import { extname, isAbsolute, join, relative } from 'node:path'
import { sourcePathSchema } from '../../../settings/webhook-path.ts'
import { freeName, type Imported, type Note } from '../imported.ts'
import { Call, Commented, type Fields, type Value } from '../typescript.ts'
import { valuesInScript } from './script-values.ts'

/** webhookd ends a script after so many seconds, and calls one without an extension by this one. */
const TIMEOUT_SECONDS = 10
const DEFAULT_EXTENSION = '.sh'

/**
 * Imports a tree of scripts for webhookd. Each executable file becomes a source, a program and a rule. Commands are
 * relative to `baseDir`, the folder of the new config.
 */
export async function importScripts(
  folder: string,
  { prefix, baseDir }: { readonly prefix: string; readonly baseDir: string },
): Promise<Imported> {
  const sources: Record<string, Value> = {}
  const programs: Record<string, Value> = {}
  const rules: Fields[] = []
  const notes: Note[] = []
  for (const script of await scriptsIn(folder)) {
    const note = (what: string, remedy: string) => notes.push({ at: script, what, remedy })
    const id = idOf(relative(folder, script))
    const path = sourcePathSchema.safeParse(encodeURI(`${prefix}/${id}`))
    if (!path.success) {
      note(
        `Nobody can call it at \`${prefix}/${id}\`: the path ${path.error.issues[0]?.message}.`,
        'Give --prefix, such as --prefix /hooks, and change the URL at its sender.',
      )
      continue
    }
    const text = await readFile(script, 'latin1')
    const values = valuesInScript(text, id)
    if (values.parameters.length > 0) {
      note(
        `${values.parameters.join(', ')} ${values.parameters.length === 1 ? 'is' : 'are'} read from the query.`,
        'For a field of a form or of JSON write `payload.NAME` instead, for a header `request.headers.NAME`.',
      )
    }
    for (const variable of values.unknown) {
      note(`There is nothing like \`${variable}\`.`, 'Take it out of the script.')
    }
    const name = freeName(id, sources)
    const source = new Call('custom', { unverified: true, path: path.data, methods: 'any' })
    sources[name] = new Commented(source, ['Anybody who can reach this service can call it.'])
    programs[name] = new Call('subprocess', {
      command: [commandOf(script, baseDir)],
      params: [{ name: 'request.body', default: '' }],
      allowLeadingDash: true,
      variables: Object.keys(values.variables).length === 0 ? undefined : values.variables,
      stdin: 'none',
      timeoutSeconds: TIMEOUT_SECONDS,
      retry: { attempts: 1 },
    })
    // As webhookd's mode `buffered`: the status tells how the script ended.
    const wait = { wait: TIMEOUT_SECONDS + 5, output: 'all' }
    rules.push({ on: name, run: name, answer: { ...wait, exitCodes: values.exitCodes } })
  }
  const title = `Imported from ${folder} of webhookd.`
  return { title, sources, programs, rules, variables: [], notes }
}

/** The executable files below a folder, sorted; hidden ones are left out. */
async function scriptsIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const scripts: string[] = []
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    const isHidden = relative(folder, path)
      .split('/')
      .some((step) => step.startsWith('.'))
    if (!entry.isFile() || isHidden || !(await isExecutable(path))) continue
    scripts.push(path)
  }
  return scripts.toSorted()
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

function commandOf(script: string, baseDir: string): string {
  if (isAbsolute(script)) return script
  const path = relative(baseDir, script)
  return path.startsWith('.') ? path : `./${path}`
}

function idOf(path: string): string {
  return extname(path) === DEFAULT_EXTENSION ? path.slice(0, -DEFAULT_EXTENSION.length) : path
}
