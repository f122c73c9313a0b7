import type { SourceRange } from './errors.ts'

export type BinaryOperator =
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'in'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'

/** A macro that evaluates its body for each item of a list or map. */
export type LoopMacro =
  | 'all'
  | 'exists'
  | 'existsOne'
  | 'filter'
  | 'map'
  | 'transformList'
  | 'transformMap'
  | 'transformMapEntry'
  | 'sortBy'

/** An element of a list, or the value of an entry of a map. An optional one is left out if it has no value. */
export interface Element {
  readonly value: CelNode
  readonly isOptional: boolean
}

interface Entry extends Element {
  readonly key: CelNode
}

export interface NameNode extends SourceRange {
  readonly kind: 'name'
  readonly name: string
}

export interface SelectNode extends SourceRange {
  readonly kind: 'select' | 'has'
  readonly of: CelNode
  readonly field: string
  /** `a.?b` */
  readonly isOptional: boolean
}

export interface IndexNode extends SourceRange {
  readonly kind: 'index'
  readonly of: CelNode
  readonly at: CelNode
  /** `a[?b]` */
  readonly isOptional: boolean
}

export interface CallNode extends SourceRange {
  readonly kind: 'call'
  /** With its namespace: `math.abs`. */
  readonly name: string
  readonly target: CelNode | null
  readonly args: readonly CelNode[]
}

export interface LogicNode extends SourceRange {
  readonly kind: 'and' | 'or'
  readonly left: CelNode
  readonly right: CelNode
}

export interface BinaryNode extends SourceRange {
  readonly kind: 'binary'
  readonly operator: BinaryOperator
  readonly left: CelNode
  readonly right: CelNode
}

export interface LoopNode extends SourceRange {
  readonly kind: 'loop'
  readonly macro: LoopMacro
  readonly over: CelNode
  /** One: the item, or the key of a map. Two: the index or key, and the value. */
  readonly variables: readonly string[]
  readonly filter: CelNode | null
  readonly body: CelNode
}

export interface BindNode extends SourceRange {
  readonly kind: 'bind'
  readonly macro: 'bind' | 'optMap' | 'optFlatMap'
  readonly name: string
  readonly value: CelNode
  readonly body: CelNode
}

/** A node of a parsed expression. Its range leaves out brackets around it. */
export type CelNode =
  | (SourceRange & { readonly kind: 'literal'; readonly value: unknown })
  | NameNode
  | SelectNode
  | IndexNode
  | CallNode
  | LogicNode
  | BinaryNode
  | (SourceRange & { readonly kind: 'not' | 'negate'; readonly of: CelNode })
  | (SourceRange & {
      readonly kind: 'ternary'
      readonly test: CelNode
      readonly yes: CelNode
      readonly no: CelNode
    })
  | (SourceRange & { readonly kind: 'list'; readonly items: readonly Element[] })
  | (SourceRange & { readonly kind: 'map'; readonly entries: readonly Entry[] })
  | LoopNode
  | BindNode

/** The nodes directly inside a node, in the order of the text. */
export function childrenOf(node: CelNode): readonly CelNode[] {
  switch (node.kind) {
    case 'literal':
    case 'name':
      return []
    case 'select':
    case 'has':
    case 'not':
    case 'negate':
      return [node.of]
    case 'index':
      return [node.of, node.at]
    case 'call':
      return node.target === null ? node.args : [node.target, ...node.args]
    case 'and':
    case 'or':
    case 'binary':
      return [node.left, node.right]
    case 'ternary':
      return [node.test, node.yes, node.no]
    case 'list':
      return node.items.map(({ value }) => value)
    case 'map':
      return node.entries.flatMap(({ key, value }) => [key, value])
    case 'loop':
      return [node.over, ...insideLoop(node)]
    case 'bind':
      return [node.value, node.body]
  }
}

/** The parts of a loop that are evaluated for each item. */
export function insideLoop({ filter, body }: LoopNode): readonly CelNode[] {
  return filter === null ? [body] : [filter, body]
}

/** Calls `visit` for each node of an expression, outer nodes first. */
export function visitNodes(node: CelNode, visit: (node: CelNode) => void): void {
  visit(node)
  for (const child of childrenOf(node)) visitNodes(child, visit)
}
