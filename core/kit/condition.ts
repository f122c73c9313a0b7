import type { ASTNode, ParseResult } from '@marcbachmann/cel-js'
import type { Condition } from '../contracts/config.ts'
import type { WebhookEvent } from '../contracts/event.ts'
import {
  celEnvironment,
  compilePattern,
  literalPattern,
  readableSummary,
  useLinearMatches,
} from './cel-environment.ts'
import { freeNames, visitNodes } from './cel-names.ts'
import { describeFault } from './condition-fault.ts'
import { HooklineError } from './errors.ts'
import { suggestion } from './nearest-name.ts'

const EVENT_FIELDS = new Set(['id', 'source', 'type', 'senderId', 'deliveryId', 'receivedAt'])
const RESERVED = new Set(['event', 'facts', 'payload'])
const MAX_LENGTH = 4000

/** What is known of the events that a condition will be asked about. */
export interface KnownNames {
  /** Names of documented facts: one that an event lacks reads as null. Null: any name may be a fact. */
  readonly facts: ReadonlySet<string> | null
}

/**
 * Compiles a CEL condition. Variables: each fact by its name, `facts`, `payload`, and `event` (`id`, `source`,
 * `type`, `senderId`, `deliveryId`, `receivedAt`). Throws `condition_invalid` or `condition_unknown_name`.
 */
export function compileCondition(text: string, known: KnownNames): Condition {
  const expression = parse(text)
  const names = checkNames(text, expression.ast, known)
  const checked = expression.check()
  if (!checked.valid) throw invalid(text, describeFault(checked.error, 'load'))
  const type = checked.type ?? 'dyn'
  if (type !== 'bool' && !type.startsWith('dyn')) {
    throw invalid(text, `it gives ${type}, and a condition gives bool`)
  }
  return { text, evaluate: (event) => evaluate(expression, names, event, known) }
}

/** A condition that is a function of TypeScript code. Throws `condition_invalid` for an async one. */
export function functionCondition(test: (event: WebhookEvent) => unknown): Condition {
  if (test.constructor.name === 'AsyncFunction') {
    throw new HooklineError('condition_invalid', 'A condition answers at once: it cannot be async.')
  }
  return {
    text: '[function]',
    evaluate: (event) => {
      let answer: unknown
      try {
        answer = test(event)
      } catch (error) {
        // Its message may quote the payload, so only the kind of error is told.
        const kind = error instanceof Error ? error.name : typeof error
        throw new HooklineError('condition_invalid', `The condition's function threw a ${kind}`)
      }
      if (typeof answer === 'boolean') return answer
      throw new HooklineError(
        'condition_invalid',
        `The condition's function gave ${typeof answer}, not a boolean`,
      )
    },
  }
}

function parse(text: string): ParseResult {
  if (text.length > MAX_LENGTH) {
    throw new HooklineError(
      'condition_invalid',
      `The condition has ${text.length} characters, and at most ${MAX_LENGTH} are allowed.`,
    )
  }
  let expression: ParseResult
  try {
    expression = celEnvironment.parse(text)
  } catch (error) {
    throw invalid(text, describeFault(error, 'load'))
  }
  visitNodes(expression.ast, (node) => {
    useLinearMatches(node)
    checkPattern(text, node)
  })
  return expression
}

function checkPattern(text: string, node: ASTNode): void {
  const literal = literalPattern(node)
  if (literal === null) return
  try {
    compilePattern(literal.pattern)
  } catch (error) {
    const why = error instanceof Error ? error.message : 'not a pattern'
    throw invalid(text, `${why}, at character ${literal.at.start + 1}`)
  }
}

/** Names that evaluation has to supply. */
function checkNames(text: string, ast: ASTNode, known: KnownNames): readonly string[] {
  const names = new Set<string>()
  for (const { name, node, field } of freeNames(ast)) {
    if (!RESERVED.has(name) && celEnvironment.hasVariable(name)) continue
    names.add(name)
    if (name === 'event' && field !== undefined && !EVENT_FIELDS.has(field)) {
      throw unknownName(text, node, `event.${field}`, [...EVENT_FIELDS].map(prefix('event.')))
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

function evaluate(
  expression: ParseResult,
  names: readonly string[],
  event: WebhookEvent,
  known: KnownNames,
): boolean {
  const variables: Record<string, unknown> = Object.create(null)
  for (const name of names) variables[name] = variable(name, event, known)
  let answer: unknown
  try {
    answer = expression(variables)
  } catch (error) {
    throw new HooklineError(
      'condition_invalid',
      `The condition cannot be evaluated: ${describeFault(error, 'run')}`,
    )
  }
  if (typeof answer === 'boolean') return answer
  throw new HooklineError('condition_invalid', 'The condition gave something other than a bool')
}

function variable(name: string, event: WebhookEvent, known: KnownNames): unknown {
  if (name === 'payload') return event.payload ?? null
  if (name === 'facts') return event.facts
  if (name === 'event') {
    const { id, source, type, senderId, deliveryId, receivedAt } = event
    return { id, source, type, senderId, deliveryId, receivedAt }
  }
  if (Object.hasOwn(event.facts, name)) return event.facts[name]
  return known.facts === null ? undefined : null
}

function invalid(text: string, why: string): HooklineError {
  return new HooklineError(
    'condition_invalid',
    `\`${text}\` is not a valid condition: ${readableSummary(why)}`,
  )
}

function unknownName(
  text: string,
  node: ASTNode,
  name: string,
  names: readonly string[],
): HooklineError {
  return new HooklineError(
    'condition_unknown_name',
    `\`${text}\` uses \`${name}\` at character ${node.start + 1}, which is not there.${suggestion(name, names)}`,
  )
}
