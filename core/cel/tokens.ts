import { CelError, type SourceRange } from './errors.ts'

export interface Token extends SourceRange {
  readonly kind: 'name' | 'quotedName' | 'number' | 'text' | 'sign' | 'end'
  readonly text: string
}

const SPACE = /(?:[ \t\r\n\f]|\/\/[^\n]*)+/y
const NUMBER =
  /(?:0[xX][0-9a-fA-F]+[uU]?|(?:\d+\.\d+|\.\d+|\d+(?=[eE][+-]?\d))(?:[eE][+-]?\d+)?|\d+[uU]?)/y
const RAW = /(?:[rR][bB]?|[bB][rR])(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\r\n]*"|'[^'\r\n]*')/y
const TEXT =
  /[bB]?(?:"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\[^\r\n]|[^"\\\r\n])*"|'(?:\\[^\r\n]|[^'\\\r\n])*')/y
const QUOTED_NAME = /`[\w./ -]+`/y
const NAME = /[A-Za-z_]\w*/y
const SIGN = /&&|\|\||[=!<>]=|[-+*/%<>!?:.,()[\]{}]/y

const KINDS = [
  ['number', NUMBER],
  ['text', RAW],
  ['text', TEXT],
  ['name', NAME],
  ['quotedName', QUOTED_NAME],
  ['sign', SIGN],
] as const

/** The words of an expression; the last one is its end. Throws `CelError`. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  let at = skipSpace(text, 0)
  while (at < text.length) {
    const token = tokenAt(text, at)
    tokens.push(token)
    at = skipSpace(text, token.end)
  }
  tokens.push({ kind: 'end', text: '', start: text.length, end: text.length })
  return tokens
}

/** What other languages write for an operator of CEL. */
const OPERATOR_OF: Readonly<Record<string, string>> = {
  '=': '==',
  '&': '&&',
  '|': '||',
  and: '&&',
  or: '||',
}

/** Says that a word cannot be where it is. */
export function unexpected(text: string): string {
  const operator = Object.hasOwn(OPERATOR_OF, text) ? OPERATOR_OF[text] : undefined
  return `unexpected \`${text}\`${operator === undefined ? '' : `, CEL has \`${operator}\``}`
}

function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at
  return SPACE.test(text) ? SPACE.lastIndex : at
}

function tokenAt(text: string, at: number): Token {
  for (const [kind, form] of KINDS) {
    form.lastIndex = at
    if (form.test(text)) {
      return { kind, text: text.slice(at, form.lastIndex), start: at, end: form.lastIndex }
    }
  }
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
  const isQuote = `"'\``.includes(character)
  const why = isQuote ? `${character} opens a text that does not end` : unexpected(character)
  throw new CelError('syntax', why, { start: at, end: at + 1 })
}
