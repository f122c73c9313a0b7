import { type CelNode, childrenOf, insideLoop } from '../cel/ast.ts'

/** A name that an expression uses but does not bind. */
export interface FreeName {
  readonly name: string
  readonly node: CelNode
  /** The selected field: `branch` in `facts.branch`. */
  readonly field?: string
}

/** All names that an expression uses but does not bind. */
export function freeNames(
  node: CelNode,
  bound: ReadonlySet<string> = new Set(),
): readonly FreeName[] {
  if (node.kind === 'name') return bound.has(node.name) ? [] : [{ name: node.name, node }]
  if ((node.kind === 'select' || node.kind === 'has') && node.of.kind === 'name') {
    const { name } = node.of
    return bound.has(name) ? [] : [{ name, node, field: node.field }]
  }
  return partsOf(node, bound).flatMap((part) => freeNames(part.node, part.bound))
}

/** A value that an expression reads from the event: `payload.commits[0].id`. */
export interface FreePath {
  readonly name: string
  readonly steps: readonly (string | number)[]
}

/** The longest paths of fields and literal indexes that an expression reads, in order and each once. */
export function freePaths(node: CelNode): readonly FreePath[] {
  const paths = new Map<string, FreePath>()
  addPaths(node, new Set(), paths)
  return [...paths.values()]
}

function addPaths(node: CelNode, bound: ReadonlySet<string>, paths: Map<string, FreePath>): void {
  const path = pathOf(node)
  if (path === null) {
    for (const part of partsOf(node, bound)) addPaths(part.node, part.bound, paths)
  } else if (!bound.has(path.name)) paths.set(JSON.stringify(path), path)
}

function pathOf(node: CelNode): FreePath | null {
  if (node.kind === 'name') return { name: node.name, steps: [] }
  if (node.kind !== 'select' && node.kind !== 'has' && node.kind !== 'index') return null
  const step = node.kind === 'index' ? literalStep(node.at) : node.field
  const from = step === null ? null : pathOf(node.of)
  return from === null || step === null ? null : { ...from, steps: [...from.steps, step] }
}

function literalStep(at: CelNode): string | number | null {
  if (at.kind !== 'literal') return null
  if (typeof at.value === 'string') return at.value
  return typeof at.value === 'bigint' ? Number(at.value) : null
}

interface Part {
  readonly node: CelNode
  /** The names that are bound there. */
  readonly bound: ReadonlySet<string>
}

function partsOf(node: CelNode, bound: ReadonlySet<string>): readonly Part[] {
  if (node.kind === 'loop') {
    const inner = new Set([...bound, ...node.variables])
    const inside = insideLoop(node).map((part) => ({ node: part, bound: inner }))
    return [{ node: node.over, bound }, ...inside]
  }
  if (node.kind === 'bind') {
    const inner = new Set([...bound, node.name])
    return [
      { node: node.value, bound },
      { node: node.body, bound: inner },
    ]
  }
  return childrenOf(node).map((part) => ({ node: part, bound }))
}
