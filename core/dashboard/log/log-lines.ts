import { html } from 'hono/html'
import type { LogChunkView } from '../../api/tasks/views.ts'
import type { Html } from '../page.ts'
import { AnsiText, type StyledText } from './ansi.ts'

type Stream = LogChunkView['stream']

/** A line of the output, or the part of one that a chunk has. */
interface LogLine {
  readonly stream: Stream
  readonly at: string
  /** Whether it goes on with the line before, or takes its place, as after a carriage return. */
  readonly joins: 'continues' | 'replaces' | null
  readonly pieces: StyledText[]
}

/** The line above the output of an attempt. */
interface Heading {
  readonly heading: string
}

export type LogItem = LogLine | Heading

interface Row {
  isRewritten: boolean
  /** What comes next takes the place of what the line has. */
  isReturned: boolean
  pieces: StyledText[]
}

/** Splits the output of a task into lines. A chunk may end in the middle of a line, which the next one goes on with. */
export class LogLines {
  readonly #texts: Readonly<Record<Stream, AnsiText>> = {
    stdout: new AnsiText(),
    stderr: new AnsiText(),
  }
  readonly #attemptTitle: (attempt: number) => string
  #attempt: number | null = null
  /** The line that has no end yet. */
  #open: { readonly stream: Stream; readonly isReturned: boolean } | null = null

  /** `attemptTitle` names an attempt by its number, above its first line. */
  constructor(attemptTitle: (attempt: number) => string) {
    this.#attemptTitle = attemptTitle
  }

  add({ attempt, stream, at, text }: LogChunkView): readonly LogItem[] {
    const isNext = attempt !== this.#attempt
    if (isNext) this.#open = null
    this.#attempt = attempt
    const open = this.#open?.stream === stream ? this.#open : null
    const rows = rowsOf(this.#texts[stream].add(text), open?.isReturned ?? false)
    const last = rows.at(-1)
    const isEnded = rows.length > 1 && last?.pieces.length === 0 && !last.isReturned
    if (isEnded) rows.pop()
    this.#open = isEnded ? null : { stream, isReturned: last?.isReturned ?? false }
    const lines = rows.map(({ pieces, isRewritten }, index): LogLine => {
      const joins = open === null || index > 0 ? null : isRewritten ? 'replaces' : 'continues'
      return { stream, at, joins, pieces }
    })
    return isNext ? [{ heading: this.#attemptTitle(attempt) }, ...lines] : lines
  }
}

/** The lines of a text. The last one has no end yet. */
function rowsOf(styled: readonly StyledText[], isReturned: boolean): Row[] {
  let row: Row = { isRewritten: false, isReturned, pieces: [] }
  const rows = [row]
  for (const { text, classes } of styled) {
    for (const [index, part] of text.split('\n').entries()) {
      if (index > 0) {
        row = { isRewritten: false, isReturned: false, pieces: [] }
        rows.push(row)
      }
      const [before = '', ...after] = part.split('\r')
      addText(row, before, classes)
      for (const rest of after) {
        row.isReturned = true
        addText(row, rest, classes)
      }
    }
  }
  return rows
}

function addText(row: Row, text: string, classes: string): void {
  if (text === '') return
  if (row.isReturned) Object.assign(row, { isRewritten: true, isReturned: false, pieces: [] })
  row.pieces.push({ text, classes })
}

/** Puts the parts of each line together. */
export function joinLines(items: readonly LogItem[]): readonly LogItem[] {
  const joined: LogItem[] = []
  for (const item of items) {
    const last = joined.at(-1)
    const isPart = 'pieces' in item && item.joins !== null && last !== undefined && 'pieces' in last
    if (!isPart) joined.push(item)
    else {
      const before = item.joins === 'replaces' ? [] : last.pieces
      joined.splice(-1, 1, { ...last, pieces: [...before, ...item.pieces] })
    }
  }
  return joined
}

export function logItem(item: LogItem): Html {
  if ('heading' in item) return html`<h3>${item.heading}</h3>`
  const { stream, at, joins, pieces } = item
  const content = pieces.map(({ text, classes }) =>
    classes === '' ? text : html`<span class="${classes}">${text}</span>`,
  )
  return html`<div class="line ${stream}" title="${at}"${joins === null ? '' : html` data-joins="${joins}"`}>${content}</div>`
}
