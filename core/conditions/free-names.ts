import type { ASTNode } from '@marcbachmann/cel-js'

/** A name that an expression uses but does not bind. */
export interface FreeName {
  readonly name: string
  readonly node: ASTNode
  /** The selected field: `branch` in `facts.branch`. */
  readonly field?: string
}

const ITERATING_MACROS = new Set(['all', 'exists', 'exists_one', 'map', 'filter'])

/** Calls `visit` for each node of an expression, outer nodes first. */
export function visitNodes(node: ASTNode, visit: (node: ASTNode) => void): void {
  visit(node)
  for (const child of children(node)) visitNodes(child, visit)
}

/** All names that an expression uses but does not bind. */
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

/** A value that an expression reads from the event: `payload.commits[0].id`. */
export interface FreePath {
  readonly name: string
  readonly steps: readonly (string | number)[]
}

/** The longest paths of fields and literal indexes that an expression reads, in order and each once. */
export function freePaths(node: ASTNode): readonly FreePath[] {
  const paths = new Map<string, FreePath>()
  addPaths(node, new Set(), paths)
  return [...paths.values()]
}

function addPaths(node: ASTNode, bound: ReadonlySet<string>, paths: Map<string, FreePath>): void {
  const path = pathOf(node)
  if (path !== null) {
    if (!bound.has(path.name)) paths.set(JSON.stringify(path), path)
    return
  }
  const binding = bindingOf(node)
  if (binding === null) {
    for (const child of children(node)) addPaths(child, bound, paths)
    return
  }
  for (const child of binding.outside) addPaths(child, bound, paths)
  const inner = new Set([...bound, binding.name])
  for (const child of binding.inside) addPaths(child, inner, paths)
}

function pathOf(node: ASTNode): FreePath | null {
  if (node.op === 'id') return { name: node.args, steps: [] }
  const step = stepOf(node)
  if (step === null) return null
  const from = pathOf(step.of)
  return from === null ? null : { name: from.name, steps: [...from.steps, step.to] }
}

function stepOf(node: ASTNode): { readonly of: ASTNode; readonly to: string | number } | null {
  if (node.op === '.' || node.op === '.?') {
    return { of: node.args[0], to: fieldName(node.args[1]) }
  }
  if (node.op !== '[]' && node.op !== '[?]') return null
  const [of, at] = node.args
  if (at.op !== 'value') return null
  if (typeof at.args === 'string') return { of, to: at.args }
  return typeof at.args === 'bigint' ? { of, to: Number(at.args) } : null
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

// Some forms of optional selection have a node for the field.
function fieldName(field: string | ASTNode): string {
  return typeof field === 'string' ? field : String(field.args)
}
