import { parseExact } from '../kit/exact-json.ts'
import { parseJson } from '../kit/json.ts'

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
  { how: 'without spaces', indent: '', comma: ',', colon: ':' },
  { how: 'with a space after `,` and `:`', indent: '', comma: ', ', colon: ': ' },
  { how: 'indented by 2', indent: '  ', comma: ',', colon: ': ' },
  { how: 'indented by 4', indent: '    ', comma: ',', colon: ': ' },
  { how: 'indented by tabs', indent: '\t', comma: ',', colon: ': ' },
  { how: 'with a space after `:`', indent: '', comma: ',', colon: ': ' },
]

// These characters occur only within strings, so the whole text can be replaced.
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

/** The JSON of a text in every form in which common libraries write it; none if it is not JSON. */
export function* jsonForms(text: string): Generator<JsonForm> {
  const value = readJson(text)
  if (value === undefined) return
  for (const isSorted of [false, true]) {
    for (const style of STYLES) {
      const written = writeJson(value, style, { isSorted, margin: '' })
      const plain = isSorted ? `${style.how}, keys sorted` : style.how
      yield { how: plain, text: written }
      yield { how: `${plain}, with a line end`, text: `${written}\n` }
      for (const { how, rewrite } of ESCAPES) {
        yield { how: `${plain}, ${how}`, text: rewrite(written) }
      }
    }
  }
}

/** The value of a JSON text; undefined if it is not JSON. Numbers stay as they were written. */
export function readJson(text: string): unknown {
  const bare = text.replace(/^\ufeff/, '')
  try {
    // Checks how deeply the JSON is nested.
    parseJson(bare)
    return parseExact(bare)
  } catch {
    return undefined
  }
}

function writeJson(
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
  // Not by locale: libraries sort by code unit.
  if (at.isSorted && !isList) entries.sort(([one], [other]) => (one < other ? -1 : 1))
  const parts = entries.map(([key, item]) => {
    const written = writeJson(item, style, inner)
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
