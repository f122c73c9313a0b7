import { parseExact } from '../../kit/exact-json.ts'
import { parseJson } from '../../kit/json.ts'

/** The same JSON written in another way. */
export interface JsonForm {
  /** `indented by 2, keys sorted` */
  readonly how: string
  readonly text: string
}

interface Style {
  readonly how: string
  readonly indent: string
  readonly comma: string
  readonly colon: string
}

const STYLES: readonly Style[] = [
  { how: 'without blanks', indent: '', comma: ',', colon: ':' },
  { how: 'with a blank after `,` and `:`', indent: '', comma: ', ', colon: ': ' },
  { how: 'indented by 2', indent: '  ', comma: ',', colon: ': ' },
  { how: 'indented by 4', indent: '    ', comma: ',', colon: ': ' },
  { how: 'indented by tabs', indent: '\t', comma: ',', colon: ': ' },
  { how: 'with a blank after `:`', indent: '', comma: ',', colon: ': ' },
]

// What these stand for occurs only within strings, so the whole text can be gone over.
const ESCAPES: readonly { readonly how: string; readonly rewrite: (text: string) => string }[] = [
  { how: 'letters beyond ASCII as `\\u…`', rewrite: toAscii },
  { how: '`/` as `\\/`', rewrite: toSlashes },
  {
    how: '`/` as `\\/` and letters beyond ASCII as `\\u…`',
    rewrite: (text) => toAscii(toSlashes(text)),
  },
  {
    how: '`<`, `>` and `&` as `\\u…`',
    rewrite: (text) => text.replace(/[<>&\u2028\u2029]/g, toUnicode),
  },
]

/** All ways in which common libraries write the JSON of a text; none where it is no JSON. */
export function* jsonForms(text: string): Generator<JsonForm> {
  const value = read(text)
  if (value === undefined) return
  for (const isSorted of [false, true]) {
    for (const style of STYLES) {
      const written = write(value, style, { isSorted, margin: '' })
      const plain = isSorted ? `${style.how}, keys sorted` : style.how
      yield { how: plain, text: written }
      yield { how: `${plain}, with a line end`, text: `${written}\n` }
      for (const { how, rewrite } of ESCAPES) {
        yield { how: `${plain}, ${how}`, text: rewrite(written) }
      }
    }
  }
}

/** The value of a JSON text; undefined where it is none. Numbers stay as they were written. */
export function read(text: string): unknown {
  const bare = text.replace(/^\ufeff/, '')
  try {
    // It knows how deep JSON may be.
    parseJson(bare)
    return parseExact(bare)
  } catch {
    return undefined
  }
}

function write(
  value: unknown,
  style: Style,
  at: { readonly isSorted: boolean; readonly margin: string },
): string {
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) {
    return JSON.stringify(value)
  }
  const isList = Array.isArray(value)
  const inner = { ...at, margin: at.margin + style.indent }
  const entries = isList ? value.map((item) => ['', item] as const) : Object.entries(value)
  // Not by locale: libraries sort by code.
  if (at.isSorted && !isList) entries.sort(([one], [other]) => (one < other ? -1 : 1))
  const parts = entries.map(([key, item]) => {
    const written = write(item, style, inner)
    return isList ? written : JSON.stringify(key) + style.colon + written
  })
  const [open, close] = isList ? '[]' : '{}'
  if (parts.length === 0 || style.indent === '') return open + parts.join(style.comma) + close
  const lines = parts.map((part) => `\n${inner.margin}${part}`)
  return `${open}${lines.join(style.comma)}\n${at.margin}${close}`
}

function toAscii(text: string): string {
  return text.replace(/[\u007f-\uffff]/g, toUnicode)
}

function toSlashes(text: string): string {
  return text.replaceAll('/', '\\/')
}

function toUnicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
