import type { ASTNode, ParseResult } from '@marcbachmann/cel-js'
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

/** What is known of the events that an expression will be asked about. */
export interface KnownNames {
  /** Names of documented facts: one that an event lacks reads as null. Null: any name may be a fact. */
  readonly facts: ReadonlySet<string> | null
}

export interface ExpressionOptions extends KnownNames {
  /** What messages call it. */
  readonly noun: 'condition' | 'expression' | 'key'
}

/** A compiled CEL expression. */
export interface Expression {
  readonly text: string
  /** CEL's name of the type it gives; `dyn` where only an event will tell. */
  readonly type: string
  /** The value as the CEL library has it. Throws `condition_invalid`, without values of the payload. */
  evaluate(event: WebhookEvent): unknown
}

/**
 * Compiles a CEL expression. Variables: each fact by its name, `facts`, `payload`, and `event` (`id`, `source`,
 * `type`, `senderId`, `deliveryId`, `receivedAt`). Throws `condition_invalid` or `condition_unknown_name`.
 */
export function compileExpression(text: string, options: ExpressionOptions): Expression {
  const parsed = parse(text, options)
  const names = checkNames(text, parsed.ast, options)
  const checked = parsed.check()
  if (!checked.valid) throw invalidExpression(text, options, describeFault(checked.error, 'load'))
  return {
    text,
    type: checked.type ?? 'dyn',
    evaluate: (event) => {
      const variables: Record<string, unknown> = Object.create(null)
      for (const name of names) variables[name] = variable(name, event, options)
      try {
        return parsed(variables)
      } catch (error) {
        throw new HooklineError(
          'condition_invalid',
          `The ${options.noun} cannot be evaluated: ${describeFault(error, 'run')}`,
        )
      }
    },
  }
}

/** The fault of an expression that does not compile. */
export function invalidExpression(
  text: string,
  { noun }: Pick<ExpressionOptions, 'noun'>,
  why: string,
): HooklineError {
  return new HooklineError(
    'condition_invalid',
    `\`${text}\` is not a valid ${noun}: ${readableSummary(why)}`,
  )
}

function parse(text: string, options: ExpressionOptions): ParseResult {
  if (text.length > MAX_LENGTH) {
    throw new HooklineError(
      'condition_invalid',
      `The ${options.noun} has ${text.length} characters, and at most ${MAX_LENGTH} are allowed.`,
    )
  }
  let parsed: ParseResult
  try {
    parsed = celEnvironment.parse(text)
  } catch (error) {
    throw invalidExpression(text, options, describeFault(error, 'load'))
  }
  visitNodes(parsed.ast, (node) => {
    useLinearMatches(node)
    const fault = patternFault(node)
    if (fault !== null) throw invalidExpression(text, options, fault)
  })
  return parsed
}

function patternFault(node: ASTNode): string | null {
  const literal = literalPattern(node)
  if (literal === null) return null
  try {
    compilePattern(literal.pattern)
    return null
  } catch (error) {
    const why = error instanceof Error ? error.message : 'not a pattern'
    return `${why}, at character ${literal.at.start + 1}`
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
