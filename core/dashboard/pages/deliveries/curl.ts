import { REDACTED } from '../../../redaction/redacted.ts'

/** Set by curl, or only true of the first connection. */
const LEFT_OUT = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
  'expect',
  'keep-alive',
])
const PLAIN = /^[\w@%+=:,./-]+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would act on is to be found
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u

export interface SentRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The whole body; null: it is in `bodyFile`. */
  readonly body: string | null
  readonly bodyFile: string
}

export interface CurlCommand {
  readonly text: string
  /** Variables that stand for masked values. */
  readonly variables: readonly string[]
}

/** A command that sends a request again as it was recorded. Nothing in it can end a quotation or act on a terminal. */
export function curlCommand({ method, url, headers, body, bodyFile }: SentRequest): CurlCommand {
  const variables: string[] = []
  const lines = [`curl --globoff --path-as-is -X ${shellWord(method)} ${shellWord(url)}`]
  for (const [name, value] of Object.entries(headers)) {
    if (LEFT_OUT.has(name)) continue
    const variable = variableOf(name)
    if (value !== REDACTED)
      lines.push(`-H ${shellWord(value === '' ? `${name};` : `${name}: ${value}`)}`)
    else {
      variables.push(variable)
      lines.push(`-H ${shellWord(`${name}: `)}"$${variable}"`)
    }
  }
  if (body === null) lines.push(`--data-binary ${shellWord(`@${bodyFile}`)}`)
  else if (body !== '') lines.push(`--data-raw ${shellWord(body)}`)
  return { text: lines.join(' \\\n  '), variables }
}

/** A text as one word of a shell (bash, zsh). */
export function shellWord(text: string): string {
  if (PLAIN.test(text)) return text
  if (!CONTROLS.test(text)) return `'${text.replaceAll("'", String.raw`'\''`)}'`
  const escaped = [...text].map((character) => {
    if (character === '\\' || character === "'") return `\\${character}`
    return CONTROLS.test(character) ? escapeOf(character) : character
  })
  return `$'${escaped.join('')}'`
}

function escapeOf(character: string): string {
  if (character === '\n') return String.raw`\n`
  if (character === '\t') return String.raw`\t`
  return [...Buffer.from(character)]
    .map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`)
    .join('')
}

function variableOf(header: string): string {
  return header
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '_')
    .replace(/^(?=\d)/, '_')
}
