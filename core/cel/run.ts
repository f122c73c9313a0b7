import type { CelNode } from './ast.ts'
import { CelError, type SourceRange } from './errors.ts'

/** What an evaluation works on. */
export interface Activation {
  readonly values: Readonly<Record<string, unknown>>
  /** Values of the names that macros bind, by their places. */
  readonly locals: unknown[]
}

export type Run = (active: Activation) => unknown

/** Compiles the parts of an expression. */
export interface Compiler {
  compile(node: CelNode, bound: Bound): Run
  /** A place in `Activation.locals`. */
  place(): number
}

/** The places of the names that macros have bound. */
export type Bound = ReadonlyMap<string, number>

/** Replaces how a node is evaluated. */
export type Watch = (node: CelNode, run: Run) => Run

/** Runs a step. Gives its errors the range of its node, unless they have one. */
export function within<Value>(node: SourceRange, step: () => Value): Value {
  try {
    return step()
  } catch (error) {
    throw withRange(error, node)
  }
}

/** Gives an error the range of a node, unless it has one. */
export function withRange(error: unknown, { start, end }: SourceRange): unknown {
  if (error instanceof CelError) error.range ??= { start, end }
  return error
}
