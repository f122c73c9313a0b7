import type { BinaryOperator, CallNode, CelNode, Element } from './ast.ts'
import { CelError, type SourceRange } from './errors.ts'
import { isNamespaced } from './library.ts'
import { numberValue, quotedValue } from './literals.ts'
import { expandMacro } from './macros.ts'
import { type Token, tokensOf, unexpected } from './tokens.ts'
import { TYPE_VALUES } from './values.ts'

/** Levels of nodes that evaluation, which is recursive, can take. */
const MAX_DEPTH = 1000
/** Levels of brackets, which the parser takes several calls for. */
const MAX_BRACKETS = 200
const CONSTANTS = new Map<string, unknown>(Object.entries({ true: true, false: false, null: null }))
const RESERVED = new Set(
  'as break const continue else false for function if import in let loop namespace null package return true var void while'.split(
    ' ',
  ),
)
/** Words that cannot be the name of a field either. */
const NO_FIELDS = new Set(['true', 'false', 'null', 'in'])
/** `Timestamp` of `google.protobuf.Timestamp`. */
const LAST_PARTS = new Set([...TYPE_VALUES.keys()].map((name) => name.split('.').at(-1)))
/** Operators by how strongly they bind, weakest first. */
const LEVELS: readonly ReadonlySet<string>[] = [
  new Set(['==', '!=', '<', '<=', '>', '>=', 'in']),
  new Set(['+', '-']),
  new Set(['*', '/', '%']),
]

/** Parses an expression of CEL, with macros expanded. Throws `CelError`. */
export function parseCel(text: string): CelNode {
  return new Parser(text).parse()
}

class Parser {
  readonly #tokens: readonly Token[]
  readonly #depths = new WeakMap<CelNode, number>()
  /** With the brackets around them. */
  readonly #outer = new WeakMap<CelNode, SourceRange>()
  #at = 0
  #brackets = 0

  constructor(text: string) {
    this.#tokens = tokensOf(text)
  }

  parse(): CelNode {
    const node = this.#expression()
    if (this.#token.kind !== 'end') throw this.#unexpected()
    return node
  }

  get #token(): Token {
    return this.#tokens[this.#at] as Token
  }

  #next(): Token {
    const token = this.#token
    if (token.kind !== 'end') this.#at++
    return token
  }

  #isAt(text: string): boolean {
    const { kind, text: own } = this.#token
    return own === text && (kind === 'sign' || kind === 'name')
  }

  #skip(text: string): boolean {
    const isThere = this.#isAt(text)
    if (isThere) this.#at++
    return isThere
  }

  #expect(text: string): Token {
    if (!this.#isAt(text)) throw this.#unexpected(text)
    return this.#next()
  }

  #unexpected(wanted?: string): CelError {
    const { kind, text, start, end } = this.#token
    const found = kind === 'end' ? 'the expression ends too early' : unexpected(text)
    const why = wanted === undefined ? found : `${found}, where \`${wanted}\` is needed`
    return new CelError('syntax', why, { start, end })
  }

  /** Takes note of the depth of a node. */
  #node<Node extends CelNode>(node: Node, ...inside: readonly CelNode[]): Node {
    const depth = 1 + inside.reduce((most, one) => Math.max(most, this.#depths.get(one) ?? 0), 0)
    if (depth > MAX_DEPTH) throw tooDeep(node)
    this.#depths.set(node, depth)
    return node
  }

  #span(from: CelNode, to: CelNode): SourceRange {
    const { start } = this.#outer.get(from) ?? from
    const { end } = this.#outer.get(to) ?? to
    return { start, end }
  }

  #bracketed<Value>(parse: () => Value): Value {
    if (++this.#brackets > MAX_BRACKETS) throw tooDeep(this.#token)
    const value = parse()
    this.#brackets--
    return value
  }

  #expression(): CelNode {
    const test = this.#or()
    if (!this.#skip('?')) return test
    const yes = this.#or()
    this.#expect(':')
    const no = this.#bracketed(() => this.#expression())
    return this.#node({ kind: 'ternary', test, yes, no, ...this.#span(test, no) }, test, yes, no)
  }

  #or(): CelNode {
    return this.#chain('or', '||', () => this.#chain('and', '&&', () => this.#binary(0)))
  }

  #chain(kind: 'and' | 'or', sign: string, side: () => CelNode): CelNode {
    let left = side()
    while (this.#skip(sign)) {
      const right = side()
      left = this.#node({ kind, left, right, ...this.#span(left, right) }, left, right)
    }
    return left
  }

  #binary(level: number): CelNode {
    const operators = LEVELS[level]
    if (operators === undefined) return this.#unary()
    let left = this.#binary(level + 1)
    while (this.#token.kind !== 'text' && operators.has(this.#token.text)) {
      const operator = this.#next().text as BinaryOperator
      const right = this.#binary(level + 1)
      const span = this.#span(left, right)
      left = this.#node({ kind: 'binary', operator, left, right, ...span }, left, right)
    }
    return left
  }

  #unary(): CelNode {
    const signs: Token[] = []
    while (this.#isAt('!') || this.#isAt('-')) {
      const sign = this.#next()
      if (sign.text === '-' && this.#token.kind === 'number') {
        this.#at--
        break
      }
      signs.push(sign)
    }
    let node = this.#member()
    for (const { text, start } of signs.toReversed()) {
      const kind = text === '!' ? 'not' : 'negate'
      const { end } = this.#span(node, node)
      node = this.#node({ kind, of: node, start, end }, node)
    }
    return node
  }

  #member(): CelNode {
    let node = this.#primary()
    for (;;) {
      if (this.#skip('.')) node = this.#field(node)
      else if (this.#isAt('[')) node = this.#index(node)
      else return node
    }
  }

  #field(of: CelNode): CelNode {
    const isOptional = this.#skip('?')
    const token = this.#next()
    const isName = token.kind === 'name' && !NO_FIELDS.has(token.text)
    if (!isName && token.kind !== 'quotedName') {
      this.#at--
      throw this.#unexpected('a field')
    }
    const { start } = this.#span(of, of)
    if (isName && !isOptional && this.#isAt('(')) return this.#call(token.text, of, start)
    const field = isName ? token.text : token.text.slice(1, -1)
    const range = { start, end: token.end }
    const mayBeType = isName && !isOptional && LAST_PARTS.has(field)
    const type = mayBeType ? TYPE_VALUES.get(`${qualifiedName(of)}.${field}`) : undefined
    if (type !== undefined) return this.#node({ kind: 'literal', value: type, ...range })
    return this.#node({ kind: 'select', of, field, isOptional, ...range }, of)
  }

  #index(of: CelNode): CelNode {
    this.#next()
    const isOptional = this.#skip('?')
    const at = this.#bracketed(() => this.#expression())
    const { end } = this.#expect(']')
    const { start } = this.#span(of, of)
    return this.#node({ kind: 'index', of, at, isOptional, start, end }, of, at)
  }

  #call(name: string, target: CelNode | null, start: number): CelNode {
    this.#expect('(')
    const args = this.#list(')', () => this.#expression())
    const { end } = this.#tokens[this.#at - 1] as Token
    const namespace = target === null ? null : qualifiedName(target)
    const call: CallNode =
      namespace !== null && isNamespaced(namespace, name)
        ? { kind: 'call', name: `${namespace}.${name}`, target: null, args, start, end }
        : { kind: 'call', name, target, args, start, end }
    const inside = call.target === null ? args : [call.target, ...args]
    return this.#node(expandMacro(call), ...inside)
  }

  /** The parts up to a closing bracket, which may follow a last comma. */
  #list<Part>(close: string, part: () => Part): readonly Part[] {
    return this.#bracketed(() => {
      const parts: Part[] = []
      while (!this.#isAt(close)) {
        parts.push(part())
        if (!this.#skip(',')) break
      }
      this.#expect(close)
      return parts
    })
  }

  #primary(): CelNode {
    const token = this.#next()
    const { kind, text, start } = token
    if (kind === 'number') return this.#literal(numberValue(text, start), token)
    if (kind === 'text') return this.#literal(quotedValue(text, start), token)
    if (kind === 'name') return this.#name(token, start)
    if (kind === 'sign') {
      if (text === '(') return this.#group(token)
      if (text === '[') return this.#listNode(start)
      if (text === '{') return this.#mapNode(start)
      if (text === '-' && this.#token.kind === 'number') {
        const number = this.#next()
        return this.#literal(numberValue(`-${number.text}`, start), { start, end: number.end })
      }
      if (text === '.' && this.#token.kind === 'name') return this.#name(this.#next(), start)
    }
    if (kind !== 'end') this.#at--
    throw this.#unexpected()
  }

  #literal(value: unknown, { start, end }: SourceRange): CelNode {
    return this.#node({ kind: 'literal', value, start, end })
  }

  #name({ text, end }: Token, start: number): CelNode {
    const range = { start, end }
    if (CONSTANTS.has(text)) return this.#literal(CONSTANTS.get(text), range)
    if (RESERVED.has(text)) {
      this.#at--
      throw this.#unexpected()
    }
    if (this.#isAt('(')) return this.#call(text, null, start)
    return this.#node({ kind: 'name', name: text, ...range })
  }

  #group({ start }: Token): CelNode {
    const node = this.#bracketed(() => this.#expression())
    const { end } = this.#expect(')')
    this.#outer.set(node, { start, end })
    return node
  }

  #listNode(start: number): CelNode {
    const items = this.#list(']', (): Element => {
      const isOptional = this.#skip('?')
      return { isOptional, value: this.#expression() }
    })
    const { end } = this.#tokens[this.#at - 1] as Token
    const values = items.map(({ value }) => value)
    return this.#node({ kind: 'list', items, start, end }, ...values)
  }

  #mapNode(start: number): CelNode {
    const entries = this.#list('}', () => {
      const isOptional = this.#skip('?')
      const key = this.#expression()
      this.#expect(':')
      return { isOptional, key, value: this.#expression() }
    })
    const { end } = this.#tokens[this.#at - 1] as Token
    const inside = entries.flatMap(({ key, value }) => [key, value])
    return this.#node({ kind: 'map', entries, start, end }, ...inside)
  }
}

/** `a.b` of a chain of plain names; null of anything else. */
function qualifiedName(node: CelNode): string | null {
  if (node.kind === 'name') return node.name
  if (node.kind !== 'select' || node.isOptional) return null
  const outer = qualifiedName(node.of)
  return outer === null ? null : `${outer}.${node.field}`
}

function tooDeep({ start, end }: SourceRange): CelError {
  return new CelError('too_deep', 'it has too many operators', { start, end })
}
