import { HooklineError } from '../../errors/errors.ts'

/** Reads JSON. Throws `config_unreadable`; the message has the line, never the text. */
export async function parseJsonFile(file: string, text: string): Promise<unknown> {
  try {
    return JSON.parse(text)
  } catch (error) {
    // Without the cause: the engine's message quotes the text, which may hold a secret.
    const line = await jsonLine(String(error), text)
    throw unreadable(file, line, 'this is not valid JSON')
  }
}

/** Reads YAML 1.2. Throws `config_unreadable`; the message has the line, never the text. */
export async function parseYamlFile(file: string, text: string): Promise<unknown> {
  const { LineCounter, parseDocument } = await import('yaml')
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const fault = document.errors[0]
  if (fault !== undefined) {
    const why = fault.code.toLowerCase().replaceAll('_', ' ')
    throw unreadable(file, lines.linePos(fault.pos[0]).line, `this is not valid YAML (${why})`)
  }
  try {
    return document.toJS()
  } catch (error) {
    throw unreadable(file, null, 'this YAML cannot be read (its aliases grow too large)', error)
  }
}

/** The error for a file that cannot be read or parsed. */
export function unreadable(
  file: string,
  line: number | null,
  why: string,
  cause?: unknown,
): HooklineError {
  return new HooklineError(
    'config_unreadable',
    `${file}${line === null ? '' : `:${line}`}: ${why}`,
    { cause, fields: { file, line } },
  )
}

// Some messages of the engine have the position; for most others the YAML parser finds it.
async function jsonLine(message: string, text: string): Promise<number | null> {
  const position = /at position (\d+)/.exec(message)?.[1]
  if (position !== undefined) return text.slice(0, Number(position)).split('\n').length
  const { LineCounter, parseDocument } = await import('yaml')
  const lines = new LineCounter()
  const fault = parseDocument(text, { lineCounter: lines, prettyErrors: false }).errors[0]
  return fault === undefined ? null : lines.linePos(fault.pos[0]).line
}
