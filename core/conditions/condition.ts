import type { Condition } from '../contracts/config.ts'
import type { WebhookEvent } from '../contracts/event.ts'
import { HooklineError } from '../errors/errors.ts'
import {
  compileExpression,
  type Expression,
  type ExpressionOptions,
  invalidExpression,
  type KnownNames,
} from './expression.ts'

/** Compiles a CEL condition as `compileExpression` does. Throws `condition_invalid` or `condition_unknown_name`. */
export function compileCondition(text: string, known: KnownNames): Condition {
  const expression = compileBoolean(text, known)
  return {
    text,
    evaluate: (event, budget, changes) => toBoolean(expression.evaluate(event, budget, changes)),
  }
}

/** The expression of a condition. Throws as `compileCondition` does. */
export function compileBoolean(
  text: string,
  known: KnownNames,
  watch?: ExpressionOptions['watch'],
): Expression {
  const options: ExpressionOptions = { ...known, noun: 'condition', ...(watch && { watch }) }
  const expression = compileExpression(text, options)
  const { type } = expression
  if (type !== 'bool' && !type.startsWith('dyn')) {
    throw invalidExpression(text, options, `it gives ${type}, and a condition gives bool`)
  }
  return expression
}

/** The answer of a condition. Throws `condition_invalid` if it is no boolean. */
export function toBoolean(answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer
  throw new HooklineError('condition_invalid', 'The condition gave something other than a bool')
}

/** Makes a condition of a TypeScript function. Throws `condition_invalid` if it is async. */
export function functionCondition(test: (event: WebhookEvent) => unknown): Condition {
  if (test.constructor.name === 'AsyncFunction') {
    throw new HooklineError('condition_invalid', 'A condition cannot be async.')
  }
  return {
    text: '[function]',
    evaluate: (event) => {
      let answer: unknown
      try {
        answer = test(event)
      } catch (error) {
        // Its message may quote the payload, so only the kind of error is named.
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
