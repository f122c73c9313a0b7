import type { ASTNode, SourceRange } from '@marcbachmann/cel-js'
import type { FactDoc } from '../contracts/event.ts'
import { isHooklineError } from '../errors/errors.ts'
import { celEnvironment, describeError, rangeOf, useLinearMatches } from './cel.ts'
import { countSteps } from './count-steps.ts'
import { freeNames, visitNodes } from './free-names.ts'
import { withinSteps } from './steps.ts'

type FactTypes = ReadonlyMap<string, FactDoc['type']>

const EVENT_TYPES = {
  id: 'string',
  source: 'string',
  type: 'string',
  senderId: 'dyn',
  deliveryId: 'string',
  receivedAt: 'google.protobuf.Timestamp',
}
/** CEL types of a number of a fact: beyond 2^53 it is an integer. */
const NUMBER_TYPES = ['double', 'int']
const SAMPLE = { event: { receivedAt: new Date('2026-01-02T03:04:05.678Z') } }

/** What is wrong with an expression, and with which part of it. */
export interface ExpressionFault {
  readonly why: string
  readonly range: SourceRange | undefined
}

/** Why an expression can work for no value of the types that facts and `event` have; null if it can. */
export function typeFault(text: string, factTypes: FactTypes = new Map()): ExpressionFault | null {
  let fault: ExpressionFault | null = null
  for (const numberType of NUMBER_TYPES) {
    const environment = celEnvironment.clone().registerVariable('event', { schema: EVENT_TYPES })
    for (const [name, type] of factTypes) {
      if (environment.hasVariable(name)) continue
      const celType = { string: 'string', boolean: 'bool', number: numberType }[type]
      // A fact may be null, so it is only checked where null cannot be meant.
      environment.registerVariable(name, `dyn<${celType}>`)
    }
    const parsed = environment.parse(text)
    visitNodes(parsed.ast, useLinearMatches)
    const checked = parsed.check()
    if (checked.valid) return null
    fault ??= { why: describeError(checked.error, 'load'), range: rangeOf(checked.error) }
  }
  return fault
}

/** Why a call fails for every event, because it reads nothing of one but the time; null if none does. */
export function constantFault(ast: ASTNode): ExpressionFault | null {
  let fault: ExpressionFault | null = null
  visitNodes(ast, (node) => {
    if (fault !== null || (node.op !== 'call' && node.op !== 'rcall')) return
    const isConstant = freeNames(node).every(
      ({ name, field }) => name === 'event' && field === 'receivedAt',
    )
    const why = isConstant ? evaluationFault(node.input.slice(node.start, node.end)) : null
    if (why !== null) fault = { why, range: node.range }
  })
  return fault
}

function evaluationFault(text: string): string | null {
  const parsed = celEnvironment.parse(text)
  visitNodes(parsed.ast, useLinearMatches)
  if (!parsed.check().valid) return null
  countSteps(parsed.ast)
  try {
    withinSteps('call', undefined, () => parsed(SAMPLE))
    return null
  } catch (error) {
    const why = isHooklineError(error) ? error.message : describeError(error, 'run')
    return `\`${text}\` fails for every event: ${why.replace(/,? (in `.*|at character \d+)$/s, '')}`
  }
}
