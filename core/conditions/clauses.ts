import type { CelNode } from '../cel/ast.ts'

/** Deeper clauses are not split any further. */
const MAX_DEPTH = 12

/** Part of a condition: several that `&&` or `||` joins, one that `!` negates, or one that holds none of these. */
export interface ClauseNode {
  readonly op: 'and' | 'or' | 'not' | null
  readonly node: CelNode
  readonly clauses: readonly ClauseNode[]
}

/** Splits a condition. A chain (`a && b && c`) is one clause with all of its members. */
export function splitClauses(node: CelNode, depth = 0): ClauseNode {
  const members = depth < MAX_DEPTH ? membersOf(node) : []
  const op = members.length === 0 ? null : (node.kind as 'and' | 'or' | 'not')
  return { op, node, clauses: members.map((member) => splitClauses(member, depth + 1)) }
}

function membersOf(node: CelNode): readonly CelNode[] {
  if (node.kind === 'not') return [node.of]
  if (node.kind !== 'and' && node.kind !== 'or') return []
  return [node.left, node.right].flatMap((side) => {
    return side.kind === node.kind ? membersOf(side) : [side]
  })
}
