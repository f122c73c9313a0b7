import { basename } from 'node:path'
import { HooklineError } from '../../errors/errors.ts'

/** Reads JSON, with or without a byte order mark. Throws `config_unreadable`; the message has the place, never the text. */
export async function parseJsonFile(file: string, text: string): Promise<unknown> {
  const json = text.replace(/^\uFEFF/, '')
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    // Without the cause: the engine's message quotes the text, which may hold a secret.
    const found = oddityIn(json)
    const position = found?.position ?? /at position (\d+)/.exec(String(error))?.[1]
    if (position === undefined) throw unreadable(file, await yamlLine(json), NO_JSON)
    const { line, column } = placeOf(json, Number(position))
    const why = found === null ? '' : `: ${found.why}`
    throw unreadable(file, line, `${NO_JSON}${why}, at column ${column}`)
  }
  const twice = basename(file) === 'package.json' ? null : repeatedKey(json)
  if (twice === null) return value
  const { line, column } = placeOf(json, twice.position)
  throw unreadable(file, line, `the key ${twice.key} is there twice, at column ${column}`, {
    remedy: 'Give it once: only the last one would count.',
  })
}

/** Reads YAML 1.2. Throws `config_unreadable`; the message has the line, never the text. */
export async function parseYamlFile(file: string, text: string): Promise<unknown> {
  const { LineCounter, parseDocument } = await import('yaml')
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const fault = document.errors[0]
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0])
    const why = YAML_REASONS[fault.code] ?? fault.code.toLowerCase().replaceAll('_', ' ')
    throw unreadable(file, line, `this is not valid YAML: ${why}, at column ${col}`)
  }
  try {
    return document.toJS()
  } catch (error) {
    const why = 'this YAML cannot be read (its aliases grow too large)'
    throw unreadable(file, null, why, { cause: error, remedy: 'Write out what it repeats.' })
  }
}

/** The error for a file that cannot be read or parsed. Default remedy: to correct the syntax. */
export function unreadable(
  file: string,
  line: number | null,
  why: string,
  { cause, remedy }: { readonly cause?: unknown; readonly remedy?: string } = {},
): HooklineError {
  const message = `${file}${line === null ? '' : `:${line}`}: ${why}`
  return new HooklineError('config_unreadable', message, { cause, fields: { file, line }, remedy })
}

/** By the code of the parser, whose message may quote the text. */
const YAML_REASONS: Readonly<Record<string, string>> = {
  BAD_DQ_ESCAPE: 'the backslash has no meaning here; use single quotes',
  BAD_INDENT: 'it is not indented like the lines beside it, or a bracket is not closed',
  BAD_SCALAR_START: 'a text that begins so needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a text with `: ` in it needs quotes',
  DUPLICATE_KEY: 'the key is there twice',
  MISSING_CHAR: 'a quote, a bracket, a comma or the `-` of a list is missing',
  MULTILINE_IMPLICIT_KEY: 'a key has no `:` after it',
  MULTIPLE_DOCS: 'it holds several documents; leave out `---`',
  TAB_AS_INDENT: 'a tab indents it; use spaces',
  UNEXPECTED_TOKEN:
    'there is more after its end; a text that begins with a quote is to have quotes around all of it',
}

const NO_JSON = 'this is not valid JSON'
const TEXT = /"(?:[^"\\]|\\.)*"/.source
const ODDITY = new RegExp(`${TEXT}|(?<comment>/[/*])|(?<comma>,)(?=\\s*[}\\]])|(?<quote>')`, 'g')
const BRACKET_OR_KEY = new RegExp(`(?<key>${TEXT})(?=\\s*:)|${TEXT}|(?<bracket>[{}])`, 'g')

/** What people write in JSON although other formats alone allow it. */
function oddityIn(text: string): { readonly position: number; readonly why: string } | null {
  for (const { index: position, groups } of text.matchAll(ODDITY)) {
    if (groups?.['comment'] !== undefined) return { position, why: 'it has no comments' }
    if (groups?.['comma'] !== undefined)
      return { position, why: 'a comma stands after the last value' }
    if (groups?.['quote'] !== undefined) return { position, why: 'text stands in double quotes' }
  }
  return null
}

/** The first key of valid JSON that its object has before. */
function repeatedKey(text: string): { readonly position: number; readonly key: string } | null {
  const objects: Set<string>[] = []
  for (const { index: position, groups } of text.matchAll(BRACKET_OR_KEY)) {
    const { key, bracket } = groups ?? {}
    if (bracket === '{') objects.push(new Set())
    else if (bracket === '}') objects.pop()
    if (key === undefined) continue
    const keys = objects.at(-1)
    const name: string = JSON.parse(key)
    if (keys?.has(name)) return { position, key }
    keys?.add(name)
  }
  return null
}

function placeOf(
  text: string,
  position: number,
): { readonly line: number; readonly column: number } {
  const lines = text.slice(0, position).split('\n')
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 }
}

// The engine tells no position of some faults; the YAML parser finds them.
async function yamlLine(text: string): Promise<number | null> {
  const { LineCounter, parseDocument } = await import('yaml')
  const lines = new LineCounter()
  const fault = parseDocument(text, { lineCounter: lines, prettyErrors: false }).errors[0]
  return fault === undefined ? null : lines.linePos(fault.pos[0]).line
}
