import { type CelNode, childrenOf } from '../cel/ast.ts'
import { checkTypes } from '../cel/checker.ts'
import { compileCel } from '../cel/compile.ts'
import type { SourceRange } from '../cel/errors.ts'
import { compilePattern } from '../cel/patterns.ts'
import { BOOL, type CelType, DOUBLE, DYN, INT, STRING, TIMESTAMP, type } from '../cel/types.ts'
import type { FactDoc } from '../contracts/event.ts'
import { isHooklineError } from '../errors/errors.ts'
import { describeError } from './fault-text.ts'
import { freeNames } from './free-names.ts'
import { withinSteps } from './steps.ts'

type FactTypes = ReadonlyMap<string, FactDoc['type']>

const EVENT: CelType = {
  name: 'event',
  of: [],
  fields: {
    id: STRING,
    source: STRING,
    type: STRING,
    senderId: type('nullable', STRING),
    deliveryId: STRING,
    receivedAt: TIMESTAMP,
  },
}
const SAMPLE = { event: { receivedAt: new Date('2026-01-02T03:04:05.678Z') } }

/** What is wrong with an expression, and with which part of it. */
export interface ExpressionFault {
  readonly why: string
  readonly range: SourceRange | undefined
}

/** Fails with a `CelError` if an expression can work for no value of the types that facts and `event` have. */
export function checkFactTypes(ast: CelNode, factTypes: FactTypes = new Map()): void {
  const check = (number: CelType) => {
    const types = { string: STRING, boolean: BOOL, number }
    return checkTypes(ast, (name) => {
      if (name === 'event') return EVENT
      const known = factTypes.get(name)
      // A fact may be null.
      return known === undefined ? DYN : type('nullable', types[known])
    })
  }
  try {
    check(DOUBLE)
  } catch (error) {
    // A number of a fact beyond 2^53 is an integer.
    if (!isValid(() => check(INT))) throw error
  }
}

function isValid(check: () => unknown): boolean {
  try {
    check()
    return true
  } catch {
    return false
  }
}

/** Why a part fails for every event, because it reads nothing of one but the time; null if none does. */
export function constantFault(node: CelNode, text: string): ExpressionFault | null {
  const fault = patternFault(node)
  if (fault !== null) return fault
  // What is inside of a part that works has been evaluated with it.
  if (isConstantCall(node)) return callFault(node, text)
  for (const child of childrenOf(node)) {
    const inner = constantFault(child, text)
    if (inner !== null) return inner
  }
  return null
}

/** Why the literal pattern of a call is invalid. */
function patternFault(node: CelNode): ExpressionFault | null {
  if (node.kind !== 'call' || node.name !== 'matches') return null
  const at = node.args.at(-1)
  if (at?.kind !== 'literal' || typeof at.value !== 'string') return null
  try {
    compilePattern(at.value)
    return null
  } catch (error) {
    const why = error instanceof Error ? error.message : 'not a pattern'
    return { why: `${why}, at character ${at.start + 1}`, range: at }
  }
}

function isConstantCall(node: CelNode): boolean {
  if (node.kind !== 'call' && node.kind !== 'loop' && node.kind !== 'bind') return false
  return freeNames(node).every(({ name, field }) => name === 'event' && field === 'receivedAt')
}

function callFault(node: CelNode, text: string): ExpressionFault | null {
  try {
    withinSteps('call', undefined, () => compileCel(node)(SAMPLE))
    return null
  } catch (error) {
    const why = isHooklineError(error) ? error.message : describeError(error, text, 'load')
    const part = text.slice(node.start, node.end)
    return {
      why: `\`${part}\` fails for every event: ${why.replace(/, at character \d+$/, '')}`,
      range: node,
    }
  }
}
