import type { CelNode } from '../cel/ast.ts'
import { CHANGES_UNKNOWN, withChanges } from '../cel/changes.ts'
import { checkTypes } from '../cel/checker.ts'
import { compileCel } from '../cel/compile.ts'
import { CelError, type SourceRange } from '../cel/errors.ts'
import { parseCel } from '../cel/parser.ts'
import type { Watch } from '../cel/run.ts'
import { DYN, typeName } from '../cel/types.ts'
import { TYPE_VALUES } from '../cel/values.ts'
import type { FactDoc, KnownChanges, StepBudget, WebhookEvent } from '../contracts/event.ts'
import { HooklineError, isHooklineError } from '../errors/errors.ts'
import { suggestion } from '../kit/nearest-name.ts'
import { changesInPayload } from './changed-files.ts'
import { describeError } from './fault-text.ts'
import { freeNames } from './free-names.ts'
import { checkFactTypes, constantFault } from './load-checks.ts'
import { withinSteps } from './steps.ts'

const EVENT_FIELDS = new Set(['id', 'source', 'type', 'senderId', 'deliveryId', 'receivedAt'])
const REQUEST_FIELDS = new Set(['method', 'path', 'headers', 'query', 'client', 'body'])
const PREVIOUS_FIELDS = new Set(['task', 'program', 'exitCode', 'result'])
const RESERVED = new Set(['event', 'facts', 'payload', 'request'])
const MAX_LENGTH = 4000

/** What is known of the events that an expression will be evaluated for. */
export interface KnownNames {
  /** Names of the documented facts; a fact that an event lacks reads as null. Null: any name may be a fact. */
  readonly facts: ReadonlySet<string> | null
  /** Types of the documented facts. Default: a fact may be of any type. */
  readonly factTypes?: ReadonlyMap<string, FactDoc['type']>
  /** Whether it is evaluated for a step of `then`, which has the step before it as `previous`. Default: it is not. */
  readonly hasPrevious?: boolean
}

export interface ExpressionOptions extends KnownNames {
  /** Noun for the expression in messages. */
  readonly noun: 'condition' | 'expression' | 'key'
  /** Makes what watches the evaluation of the nodes. Default: nothing does. */
  readonly watch?: (ast: CelNode) => Watch
}

/** A compiled CEL expression. */
export interface Expression {
  readonly text: string
  /** CEL's name for the type of the value; `dyn` if that depends on the event. */
  readonly type: string
  readonly ast: CelNode
  /**
   * The value, in the types of `core/cel/values.ts`. Throws `condition_invalid`, or `condition_too_costly` if the evaluation
   * takes more steps than one may, or than `budget` has left; `changes_unknown` if it depends on changed files that are
   * not all known. `changes` are those. Default: what the payload lists. No message holds a value of the payload.
   */
  evaluate(event: WebhookEvent, budget?: StepBudget, changes?: KnownChanges): unknown
}

/**
 * Compiles a CEL expression. Variables: each fact by its name, `facts`, `payload`, and `event` (`id`, `source`,
 * `type`, `senderId`, `deliveryId`, `receivedAt`), `request` (as `EventRequest`), and in a step `previous` (as
 * `PreviousStep`). Throws `condition_invalid` or `condition_unknown_name`.
 */
export function compileExpression(text: string, options: ExpressionOptions): Expression {
  try {
    return compile(text, options)
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    throw invalidExpression(text, options, describeError(error, text, 'load'), error.range)
  }
}

function compile(text: string, options: ExpressionOptions): Expression {
  if (text.length > MAX_LENGTH) {
    throw new HooklineError(
      'condition_invalid',
      `The ${options.noun} has ${text.length} characters, and at most ${MAX_LENGTH} are allowed.`,
    )
  }
  const ast = parseCel(text)
  const names = checkNames(text, ast, options)
  checkFactTypes(ast, options.factTypes)
  const type = typeName(checkTypes(ast, () => DYN))
  const fault = constantFault(ast, text)
  if (fault !== null) throw invalidExpression(text, options, fault.why, fault.range)
  const run = compileCel(ast, options.watch?.(ast))
  return {
    text,
    type,
    ast,
    evaluate: (event, budget, changes) => {
      const values: Record<string, unknown> = Object.create(null)
      for (const name of names) values[name] = valueOfName(name, event, options)
      try {
        const read = () => changes ?? changesInPayload(event)
        return withinSteps(options.noun, budget, () => withChanges(read, () => run(values)))
      } catch (error) {
        if (isHooklineError(error)) throw error
        const isUnknown = error instanceof CelError && error.code === CHANGES_UNKNOWN
        throw new HooklineError(
          isUnknown ? CHANGES_UNKNOWN : 'condition_invalid',
          `The ${options.noun} cannot be evaluated: ${describeError(error, text, 'run')}`,
        )
      }
    },
  }
}

/** The error for an expression that does not compile. Its field `range` is the part that is wrong, if that is known. */
export function invalidExpression(
  text: string,
  { noun }: Pick<ExpressionOptions, 'noun'>,
  why: string,
  range?: SourceRange,
): HooklineError {
  return new HooklineError(
    'condition_invalid',
    `\`${text}\` is not a valid ${noun}: ${why}`,
    range === undefined ? {} : { fields: { range: plainRange(range) } },
  )
}

function plainRange({ start, end }: SourceRange): SourceRange {
  return { start, end }
}

/** Returns the names that `evaluate` has to supply. Throws `condition_unknown_name`. */
function checkNames(text: string, ast: CelNode, known: KnownNames): readonly string[] {
  const names = new Set<string>()
  for (const { name, node, field } of freeNames(ast)) {
    if (TYPE_VALUES.has(name)) continue
    names.add(name)
    if (name === 'event' && field !== undefined && !EVENT_FIELDS.has(field)) {
      throw unknownName(text, node, `event.${field}`, [...EVENT_FIELDS].map(prefix('event.')))
    }
    if (name === 'request' && field !== undefined && !REQUEST_FIELDS.has(field)) {
      throw unknownName(text, node, `request.${field}`, [...REQUEST_FIELDS].map(prefix('request.')))
    }
    if (name === 'previous' && known.hasPrevious) {
      if (field === undefined || PREVIOUS_FIELDS.has(field)) continue
      const fields = [...PREVIOUS_FIELDS].map(prefix('previous.'))
      throw unknownName(text, node, `previous.${field}`, fields)
    }
    if (known.facts === null) continue
    if (name === 'facts' && field !== undefined && !known.facts.has(field)) {
      throw unknownName(text, node, `facts.${field}`, [...known.facts].map(prefix('facts.')))
    }
    if (RESERVED.has(name) || known.facts.has(name)) continue
    throw unknownName(text, node, name, [...known.facts, ...RESERVED])
  }
  return [...names]
}

function prefix(start: string): (name: string) => string {
  return (name) => start + name
}

/** The value of a name for an event; undefined if it has none. */
export function valueOfName(name: string, event: WebhookEvent, known: KnownNames): unknown {
  if (name === 'previous' && event.previous !== undefined) return event.previous
  if (name === 'payload') return event.payload ?? null
  if (name === 'facts') return event.facts
  if (name === 'request') return event.request ?? null
  if (name === 'event') {
    const { id, source, type, senderId, deliveryId, receivedAt } = event
    return { id, source, type, senderId, deliveryId, receivedAt }
  }
  if (Object.hasOwn(event.facts, name)) return event.facts[name]
  return known.facts === null ? undefined : null
}

function unknownName(
  text: string,
  node: CelNode,
  name: string,
  names: readonly string[],
): HooklineError {
  return new HooklineError(
    'condition_unknown_name',
    `\`${text}\` uses \`${name}\` at character ${node.start + 1}, which does not exist.${suggestion(name, names)}`,
    { fields: { range: plainRange(node) } },
  )
}
