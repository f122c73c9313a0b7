import type { Condition } from '../contracts/config.ts'
import type { WebhookEvent } from '../contracts/event.ts'
import { HooklineError } from './errors.ts'
import { compileExpression, invalidExpression, type KnownNames } from './expression.ts'

/** Compiles a CEL condition, see `compileExpression`. Throws `condition_invalid` or `condition_unknown_name`. */
export function compileCondition(text: string, known: KnownNames): Condition {
  const options = { ...known, noun: 'condition' } as const
  const expression = compileExpression(text, options)
  const { type } = expression
  if (type !== 'bool' && !type.startsWith('dyn')) {
    throw invalidExpression(text, options, `it gives ${type}, and a condition gives bool`)
  }
  return {
    text,
    evaluate: (event) => {
      const answer = expression.evaluate(event)
      if (typeof answer === 'boolean') return answer
      throw new HooklineError('condition_invalid', 'The condition gave something other than a bool')
    },
  }
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
