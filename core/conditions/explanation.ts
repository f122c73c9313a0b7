import type { CelNode } from '../cel/ast.ts'
import type { Watch } from '../cel/run.ts'
import { StepsExceeded } from '../cel/steps.ts'
import type { StepBudget, WebhookEvent } from '../contracts/event.ts'
import { type HooklineError, isHooklineError } from '../errors/errors.ts'
import { type ClauseNode, splitClauses } from './clauses.ts'
import { compileBoolean, toBoolean } from './condition.ts'
import { type KnownNames, valueOfName } from './expression.ts'
import { describeError } from './fault-text.ts'
import { freePaths } from './free-names.ts'

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
  const records: Records = new Map()
  const expression = compileBoolean(text, known, (ast) => recording(splitClauses(ast), records))
  const root = splitClauses(expression.ast)
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
    const valuesOf = (node: CelNode) => namedValues(node, event, known)
    return { outcome, error, clause: toClause(root, { text, records, valuesOf, isDecisive: true }) }
  }
}

type Recorded = { readonly value: unknown } | { readonly error: unknown }
type Records = Map<CelNode, Recorded>

/** Records what each clause gives. */
function recording(root: ClauseNode, records: Records): Watch {
  const nodes = new Set(nodesOf(root))
  return (node, run) => {
    if (!nodes.has(node)) return run
    return (active) => {
      try {
        const value = run(active)
        records.set(node, { value })
        return value
      } catch (error) {
        records.set(node, { error })
        throw error
      }
    }
  }
}

function nodesOf({ node, clauses }: ClauseNode): readonly CelNode[] {
  return [node, ...clauses.flatMap(nodesOf)]
}

interface Telling {
  readonly text: string
  readonly records: Records
  readonly valuesOf: (node: CelNode) => readonly NamedValue[]
  readonly isDecisive: boolean
}

function toClause({ op, node, clauses }: ClauseNode, telling: Telling): Clause {
  const { text, records, valuesOf, isDecisive } = telling
  const recorded = records.get(node)
  const outcome = recordedOutcome(recorded)
  const { start, end } = node
  return {
    op,
    text: text.slice(start, end),
    start,
    end,
    outcome,
    decisive: isDecisive && outcome !== 'skipped',
    error: outcome === 'error' && recorded !== undefined ? recordedError(recorded, text) : null,
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

function recordedError(recorded: Recorded, text: string): string {
  if ('value' in recorded) return 'it gives no bool'
  if (isHooklineError(recorded.error)) return recorded.error.message
  if (recorded.error instanceof StepsExceeded) return 'it would take too many steps'
  return describeError(recorded.error, text, 'run')
}

function namedValues(node: CelNode, event: WebhookEvent, known: KnownNames): readonly NamedValue[] {
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
