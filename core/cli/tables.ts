import { createRequire } from 'node:module'
import { styleText } from 'node:util'
import { visible } from '../kit/visible.ts'

/** A heading is bold where the output is a terminal with colours. */
const TO_OUTPUT = { stream: process.stdout }

type Cell = string | number | null

/**
 * Rows as columns with two spaces between them, aligned by the width that a terminal gives each character. The first
 * row is the header. Null is shown as `-`.
 */
export function table(rows: readonly (readonly Cell[])[], indent = ''): string {
  const cells = rows.map((row) => row.map((cell) => oneLine(String(cell ?? '-'))))
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => widthOf(row[column] ?? ''))),
  )
  const lines = cells.map((row) => {
    const padded = row.map((cell, column) => padTo(widths[column] ?? 0, cell))
    return (indent + padded.join('  ')).trimEnd()
  })
  const [header = '', ...others] = lines
  return `${[styleText('bold', header, TO_OUTPUT), ...others].join('\n')}\n`
}

/** A table of items with a heading and a value per column. */
export function itemTable<Item>(
  items: readonly Item[],
  columns: Readonly<Record<string, (item: Item) => Cell>>,
): string {
  const values = Object.values(columns)
  return table([Object.keys(columns), ...items.map((item) => values.map((value) => value(item)))])
}

/** The line below a page of a list that says how to get the next one; empty on the last page. */
export function nextPageText(next: string | number | null): string {
  return next === null ? '' : `For more: --after ${next}\n`
}

/** One `name: value` line per field; fields that are null are left out. */
export function fieldList(fields: Readonly<Record<string, Cell>>): string {
  const shown = Object.entries(fields).filter(([, value]) => value !== null)
  const width = Math.max(...shown.map(([name]) => name.length)) + 1
  return shown
    .map(([name, value]) => `${`${name}:`.padEnd(width)}  ${visible(String(value))}\n`)
    .join('')
}

function oneLine(text: string): string {
  return visible(text).replace(/\s+/g, ' ')
}

// Most text is plain. The library for all other text takes 40 ms to load.
function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length
  const { default: stringWidth } = createRequire(import.meta.url)(
    'string-width',
  ) as typeof import('string-width')
  return stringWidth(text)
}

function padTo(width: number, cell: string): string {
  return cell + ' '.repeat(width - widthOf(cell))
}
