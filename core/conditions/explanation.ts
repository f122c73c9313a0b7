import type { ASTNode } from '@marcbachmann/cel-js'
import type { StepBudget, WebhookEvent } from '../contracts/event.ts'
import { type HooklineError, isHooklineError } from '../errors/errors.ts'
import { describeError } from './cel.ts'
import { type ClauseNode, splitClauses } from './clauses.ts'
import { compileBoolean, toBoolean } from './condition.ts'
import { type KnownNames, valueOfName } from './expression.ts'
import { freePaths } from './free-names.ts'
import { isOverLimit } from './steps.ts'

/** `skipped`: not evaluated, since other clauses had decided. */
export type ClauseOutcome = 'true' | 'false' | 'error' | 'skipped'

/** What became of a part of a condition. */
export interface Clause {
  /** `and` and `or` have all members of a chain; null: it is not split any further. */
  readonly op: 'and' | 'or' | 'not' | null
  readonly text: string
  /** Position in the condition; `end` is the position behind it. */
  readonly start: number
  readonly end: number
  readonly outcome: ClauseOutcome
  /** Whether it decided the outcome of the condition, alone or with the other decisive ones. */
  readonly decisive: boolean
  /** Why it could not be evaluated, without a value of the payload. */
  readonly error: string | null
  /** What it reads of the event, unless it is split. */
  readonly values: readonly NamedValue[]
  readonly clauses: readonly Clause[]
}

/** A value that a clause reads. */
export interface NamedValue {
  /** As a condition would write it: `payload.commits[0].id`. */
  readonly name: string
  /** Where it is read from: `payload`, `event`, `facts`, or a fact. */
  readonly root: string
  /** Undefined if the event has none. */
  readonly value: unknown
}

/** The outcome of a condition and of its clauses. */
export interface Explanation {
  readonly outcome: 'true' | 'false' | 'error'
  /** Why it could not be evaluated: what `Condition.evaluate` throws. */
  readonly error: HooklineError | null
  readonly clause: Clause
}

/** Evaluates a condition once, as a rule does, and tells of its clauses. */
export type Explain = (event: WebhookEvent, budget?: StepBudget) => Explanation

/** Compiles a condition that explains itself. Throws as `compileCondition` does. */
export function compileExplained(text: string, known: KnownNames): Explain {
  const expression = compileBoolean(text, known)
  const root = splitClauses(expression.ast)
  const records: Records = new Map()
  recordEach(root, records)
  return (event, budget) => {
    records.clear()
    let error: HooklineError | null = null
    let answer = false
    try {
      answer = toBoolean(expression.evaluate(event, budget))
    } catch (thrown) {
      if (!isHooklineError(thrown)) throw thrown
      error = thrown
    }
    // A part may have caught that the whole takes too many steps.
    if (error !== null) records.set(root.node, { error })
    const outcome = error === null ? outcomeOf(answer) : 'error'
    const valuesOf = (node: ASTNode) => namedValues(node, event, known)
    return { outcome, error, clause: toClause(root, { records, valuesOf, isDecisive: true }) }
  }
}

type Recorded = { readonly value: unknown } | { readonly error: unknown }
type Records = Map<ASTNode, Recorded>
type Evaluate = (...given: readonly unknown[]) => unknown

function recordEach({ node, clauses }: ClauseNode, records: Records): void {
  record(node, records)
  for (const clause of clauses) recordEach(clause, records)
}

/** The library has no hook for this. A node replaces its own `evaluate` when it is first called. */
function record(node: ASTNode, records: Records): void {
  let { evaluate } = node as unknown as { readonly evaluate: Evaluate }
  const recording: Evaluate = (...given) => {
    try {
      const value = evaluate.apply(node, given as unknown[])
      records.set(node, { value })
      return value
    } catch (error) {
      records.set(node, { error })
      throw error
    }
  }
  Object.defineProperty(node, 'evaluate', {
    get: () => recording,
    set: (own: Evaluate) => {
      evaluate = own
    },
  })
}

interface Telling {
  readonly records: Records
  readonly valuesOf: (node: ASTNode) => readonly NamedValue[]
  readonly isDecisive: boolean
}

function toClause({ op, node, range, clauses }: ClauseNode, telling: Telling): Clause {
  const { records, valuesOf, isDecisive } = telling
  const recorded = records.get(node)
  const outcome = recordedOutcome(recorded)
  const { start, end } = range
  return {
    op,
    text: node.input.slice(start, end),
    start,
    end,
    outcome,
    decisive: isDecisive && outcome !== 'skipped',
    error: outcome === 'error' && recorded !== undefined ? recordedError(recorded) : null,
    values: op === null ? valuesOf(node) : [],
    clauses: clauses.map((clause) => {
      const inner = recordedOutcome(records.get(clause.node))
      return toClause(clause, { ...telling, isDecisive: isDecisive && decides(op, outcome, inner) })
    }),
  }
}

/** Whether a member of a clause decided the outcome of the clause. */
function decides(op: Clause['op'], outcome: ClauseOutcome, member: ClauseOutcome): boolean {
  return op === 'not' || outcome === member
}

function recordedOutcome(recorded: Recorded | undefined): ClauseOutcome {
  if (recorded === undefined) return 'skipped'
  if ('error' in recorded || typeof recorded.value !== 'boolean') return 'error'
  return outcomeOf(recorded.value)
}

function outcomeOf(value: boolean): 'true' | 'false' {
  return value ? 'true' : 'false'
}

function recordedError(recorded: Recorded): string {
  if ('value' in recorded) return 'it gives no bool'
  if (isHooklineError(recorded.error)) return recorded.error.message
  if (isOverLimit(recorded.error)) return 'it would take too many steps'
  return describeError(recorded.error, 'run')
}

function namedValues(node: ASTNode, event: WebhookEvent, known: KnownNames): readonly NamedValue[] {
  return freePaths(node).map(({ name, steps }) => {
    const value = steps.reduce(stepInto, valueOfName(name, event, known))
    return { name: name + steps.map(stepText).join(''), root: name, value }
  })
}

function stepInto(value: unknown, step: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
  if (Array.isArray(value) && typeof step !== 'number') return undefined
  return (value as Readonly<Record<string | number, unknown>>)[step]
}

function stepText(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`
  return /^[A-Za-z_]\w*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
}
