import type { ASTNode } from '@marcbachmann/cel-js'

/** A name that an expression takes from outside, and where. */
export interface FreeName {
  readonly name: string
  readonly node: ASTNode
  /** The field selected of it: `branch` of `facts.branch`. */
  readonly field?: string
}

const ITERATING_MACROS = new Set(['all', 'exists', 'exists_one', 'map', 'filter'])

/** Calls `visit` on every node of an expression, outermost first. */
export function visitNodes(node: ASTNode, visit: (node: ASTNode) => void): void {
  visit(node)
  for (const child of children(node)) visitNodes(child, visit)
}

/** The names that an expression does not bind itself. */
export function freeNames(
  node: ASTNode,
  bound: ReadonlySet<string> = new Set(),
): readonly FreeName[] {
  if (node.op === 'id') return bound.has(node.args) ? [] : [{ name: node.args, node }]
  if (node.op === '.' || node.op === '.?') {
    const [of, field] = node.args
    if (of.op === 'id') {
      return bound.has(of.args) ? [] : [{ name: of.args, node, field: fieldName(field) }]
    }
  }
  const binding = bindingOf(node)
  if (binding === null) return children(node).flatMap((child) => freeNames(child, bound))
  const inner = new Set([...bound, binding.name])
  return [
    ...binding.outside.flatMap((child) => freeNames(child, bound)),
    ...binding.inside.flatMap((child) => freeNames(child, inner)),
  ]
}

interface Binding {
  readonly name: string
  readonly outside: readonly ASTNode[]
  readonly inside: readonly ASTNode[]
}

function bindingOf(node: ASTNode): Binding | null {
  if (node.op !== 'rcall') return null
  const [method, receiver, args] = node.args
  const [variable, second, third] = args
  if (variable?.op !== 'id' || second === undefined) return null
  if (ITERATING_MACROS.has(method)) {
    return { name: variable.args, outside: [receiver], inside: args.slice(1) }
  }
  if (method === 'bind' && receiver.op === 'id' && receiver.args === 'cel' && third !== undefined) {
    return { name: variable.args, outside: [second], inside: [third] }
  }
  return null
}

function children(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return []
    case '.':
    case '.?':
      return [node.args[0]]
    case 'call':
      return node.args[1]
    case 'rcall':
      return [node.args[1], ...node.args[2]]
    case 'map':
      return node.args.flat()
    case '!_':
    case '-_':
      return [node.args]
    default:
      return node.args
  }
}

// An optional selection carries its field as a node where the parser wants it so.
function fieldName(field: string | ASTNode): string {
  return typeof field === 'string' ? field : String(field.args)
}
