import type { ASTNode, SourceRange } from '@marcbachmann/cel-js'

/** Deeper clauses are not split any further. */
const MAX_DEPTH = 12
/** Comments, texts in quotes and brackets of CEL. A raw text (`r'…'`) has no escapes. */
const TOKEN =
  /\/\/[^\n]*|(?:[rR][bB]?|[bB][rR])(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n]*"|'[^'\n]*')|"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[()]/g

/** Part of a condition: several that `&&` or `||` joins, one that `!` negates, or one that holds none of these. */
export interface ClauseNode {
  readonly op: 'and' | 'or' | 'not' | null
  readonly node: ASTNode
  /** With the brackets that belong to it. */
  readonly range: SourceRange
  readonly clauses: readonly ClauseNode[]
}

/** Splits a condition. A chain (`a && b && c`) is one clause with all of its members. */
export function splitClauses(ast: ASTNode): ClauseNode {
  const partners = bracketPartners(ast.input)
  const split = (node: ASTNode, depth: number): ClauseNode => {
    const op = depth < MAX_DEPTH ? operatorOf(node) : null
    const inside = op === null ? [] : membersOf(node).map((member) => split(member, depth + 1))
    return { op, node, range: withBrackets(node.range, partners), clauses: inside }
  }
  return split(ast, 0)
}

function operatorOf({ op }: ASTNode): ClauseNode['op'] {
  if (op === '&&') return 'and'
  if (op === '||') return 'or'
  return op === '!_' ? 'not' : null
}

function membersOf(node: ASTNode): readonly ASTNode[] {
  if (node.op === '!_') return [node.args]
  if (node.op !== '&&' && node.op !== '||') return []
  return node.args.flatMap((side) => (side.op === node.op ? membersOf(side) : [side]))
}

/** The library's range of a node leaves out brackets around its first and last part. */
function withBrackets(range: SourceRange, partners: ReadonlyMap<number, number>): SourceRange {
  let { start, end } = range
  for (let at = range.start; at < range.end; at++) {
    const partner = partners.get(at)
    if (partner === undefined) continue
    start = Math.min(start, partner)
    end = Math.max(end, partner + 1)
  }
  return { start, end }
}

function bracketPartners(text: string): ReadonlyMap<number, number> {
  const partners = new Map<number, number>()
  const open: number[] = []
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === '(') open.push(index)
    if (token !== ')') continue
    const partner = open.pop()
    if (partner === undefined) continue
    partners.set(partner, index)
    partners.set(index, partner)
  }
  return partners
}
