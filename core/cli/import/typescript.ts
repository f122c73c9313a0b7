const WIDTH = 100
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/

/** Code that is written as it is, such as `env('NAME')`. */
export class Code {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A call of a function with one object. */
export class Call {
  readonly name: string
  readonly options: Fields

  constructor(name: string, options: Fields) {
    this.name = name
    this.options = options
  }
}

/** A value with comments above it. */
export class Commented {
  readonly lines: readonly string[]
  readonly value: Value

  constructor(value: Value, lines: readonly string[]) {
    this.value = value
    this.lines = lines
  }
}

/** What a config holds. Fields that are undefined are left out. */
export type Value = string | number | boolean | Code | Call | Commented | readonly Value[] | Fields
export interface Fields {
  readonly [name: string]: Value | undefined
}

/** The text of a value, broken into lines as Biome and Prettier do at 100 columns. `column`: where its first line begins. */
export function toCode(value: Value, indent = 0, column = indent): string {
  const flat = onOneLine(value)
  if (flat !== null && column + flat.length < WIDTH) return flat
  if (value instanceof Call) return `${value.name}(${broken(value.options, indent)})`
  return typeof value === 'object' && !(value instanceof Code)
    ? broken(value, indent)
    : (flat ?? '')
}

/** A text in the quotes that need fewer escapes. */
export function quoted(text: string): string {
  const single = text.split("'").length
  const quote = single > text.split('"').length ? '"' : "'"
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"')
  return quote + escaped.replaceAll(quote, `\\${quote}`) + quote
}

/** Null: it has comments, which need lines of their own. */
function onOneLine(value: Value): string | null {
  if (value instanceof Commented) return value.lines.length === 0 ? onOneLine(value.value) : null
  if (value instanceof Code) return value.text
  if (value instanceof Call) {
    const options = onOneLine(value.options)
    return options === null ? null : `${value.name}(${options})`
  }
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object') return String(value)
  const parts = isList(value)
    ? value.map(onOneLine)
    : fieldsOf(value).map(([name, item]) => {
        const text = onOneLine(item)
        return text === null ? null : `${keyOf(name)}: ${text}`
      })
  if (parts.includes(null) || isTable(value)) return null
  if (isList(value)) return `[${parts.join(', ')}]`
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`
}

/** A list of several objects with several fields each, which formatters give a line each. */
function isTable(value: object): boolean {
  if (!isList(value) || value.length < 2) return false
  return value.every((item) => {
    const isPlain = typeof item === 'object' && Object.getPrototypeOf(item) === Object.prototype
    return isPlain && fieldsOf(item as Fields).length > 1
  })
}

function broken(value: Exclude<Value, string | number | boolean | Code>, indent: number): string {
  const inner = indent + 2
  const margin = ' '.repeat(inner)
  if (value instanceof Commented) return toCode(value.value, indent)
  if (value instanceof Call) return toCode(value, indent)
  const lines = isList(value)
    ? value.map((item) => commentsOf(item, margin) + margin + toCode(bare(item), inner))
    : fieldsOf(value).map(([name, item]) => {
        const start = `${margin}${keyOf(name)}: `
        // The comma behind it takes a column too.
        const text = toCode(bare(item), inner, start.length + 1)
        return commentsOf(item, margin) + start + text
      })
  const [open, close] = isList(value) ? ['[', ']'] : ['{', '}']
  return `${open}\n${lines.map((line) => `${line},\n`).join('')}${' '.repeat(indent)}${close}`
}

function commentsOf(value: Value, margin: string): string {
  if (!(value instanceof Commented)) return ''
  return value.lines.map((line) => `${margin}// ${line}\n`).join('')
}

function bare(value: Value): Value {
  return value instanceof Commented ? value.value : value
}

function fieldsOf(value: Fields): readonly (readonly [string, Value])[] {
  return Object.entries(value).flatMap(([name, item]) => (item === undefined ? [] : [[name, item]]))
}

function isList(value: object): value is readonly Value[] {
  return Array.isArray(value)
}

function keyOf(name: string): string {
  return IDENTIFIER.test(name) ? name : quoted(name)
}
