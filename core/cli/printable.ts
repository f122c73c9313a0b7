/** Text that others sent, fit for a terminal: no control characters but line ends and tabs, none that turn its direction. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
}

/** Rows in columns, two blanks apart; the first row is the head. Null is shown as `-`. */
export function table(rows: readonly (readonly (string | number | null)[])[], indent = ''): string {
  const cells = rows.map((row) => row.map((cell) => oneLine(String(cell ?? '-'))))
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  )
  const lines = cells.map((row) => {
    const padded = row.map((cell, column) => cell.padEnd(widths[column] ?? 0))
    return (indent + padded.join('  ')).trimEnd()
  })
  return `${lines.join('\n')}\n`
}

/** `name: value` lines, less those whose value is null. */
export function fieldList(fields: Readonly<Record<string, string | number | null>>): string {
  const shown = Object.entries(fields).filter(([, value]) => value !== null)
  const width = Math.max(...shown.map(([name]) => name.length)) + 1
  return shown
    .map(([name, value]) => `${`${name}:`.padEnd(width)}  ${printable(String(value))}\n`)
    .join('')
}

function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, ' ')
}
