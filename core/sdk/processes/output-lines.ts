import { StringDecoder } from 'node:string_decoder'
import { stripVTControlCharacters } from 'node:util'

const MAX_LINES = 200
const MAX_LINE_LENGTH = 4096
const FAULT = /\b(err|error|fatal|panic|fail(ed|ure)?|denied|refused|invalid|unable|cannot|not)\b/i

type Stream = 'stdout' | 'stderr'

/** The output of a program that runs for long, by lines: the last ones, and a search in those to come. */
export class OutputLines {
  readonly #note: (line: string) => void
  readonly #decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() }
  readonly #open = { stdout: '', stderr: '' }
  readonly #seekers = new Set<(line: string) => void>()
  #lines: string[] = []
  readonly #clean: (line: string) => string

  /** `clean` removes secrets from a line; `note` gets each clean line. */
  constructor(clean: (line: string) => string, note: (line: string) => void) {
    this.#clean = clean
    this.#note = note
  }

  readonly write = (stream: Stream, chunk: Uint8Array): void => {
    const text = this.#open[stream] + this.#decoders[stream].write(chunk as Buffer)
    const lines = text.split(/\r?\n|\r/)
    this.#open[stream] = (lines.pop() ?? '').slice(0, MAX_LINE_LENGTH)
    for (const line of lines) this.#add(line)
  }

  /** Takes what was written after the last line feed as lines. */
  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#add(this.#open[stream])
      this.#open[stream] = ''
    }
  }

  /** The first match in the lines that are kept and those to come. Never settles if there is none. */
  find(pattern: RegExp): Promise<RegExpExecArray> {
    const found = Promise.withResolvers<RegExpExecArray>()
    const seek = (line: string) => {
      const match = pattern.exec(line)
      if (match === null) return false
      this.#seekers.delete(seek)
      found.resolve(match)
      return true
    }
    if (!this.#lines.some(seek)) this.#seekers.add(seek)
    return found.promise
  }

  /** The last line that tells of a fault, else the last line, without secrets; empty if there is none. */
  fault(): string {
    const line = this.#lines.findLast((each) => FAULT.test(each)) ?? this.#lines.at(-1) ?? ''
    return this.#clean(line).slice(0, 300)
  }

  #add(raw: string): void {
    const line = stripVTControlCharacters(raw).trim().slice(0, MAX_LINE_LENGTH)
    if (line === '') return
    this.#lines.push(line)
    if (this.#lines.length > MAX_LINES) this.#lines = this.#lines.slice(-MAX_LINES / 2)
    this.#note(this.#clean(line))
    for (const seek of [...this.#seekers]) seek(line)
  }
}
