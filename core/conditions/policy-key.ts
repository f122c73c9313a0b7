import { Uint } from '../cel/values.ts'
import type { PolicyKey } from '../contracts/policy.ts'
import { HooklineError } from '../errors/errors.ts'
import { compileExpression, invalidExpression, type KnownNames } from './expression.ts'

const MAX_LENGTH = 500
const TYPES = new Set(['string', 'int', 'uint', 'double', 'bool'])

/**
 * Compiles the key of a policy as `compileExpression` does. Throws `condition_invalid` or `condition_unknown_name`.
 * `evaluate` throws `condition_invalid` for a key of more than 500 characters, too.
 */
export function compilePolicyKey(text: string, known: KnownNames): PolicyKey {
  const options = { ...known, noun: 'key' } as const
  const expression = compileExpression(text, options)
  const { type } = expression
  if (!TYPES.has(type) && !type.startsWith('dyn')) {
    throw invalidExpression(text, options, `it gives ${type}, and a key is text, number or boolean`)
  }
  return { text, evaluate: (event, budget) => keyText(expression.evaluate(event, budget)) }
}

function keyText(value: unknown): string {
  const simple = value instanceof Uint ? value.value : value
  if (!['string', 'number', 'bigint', 'boolean'].includes(typeof simple)) {
    throw new HooklineError('condition_invalid', 'The key gave no text, number or boolean')
  }
  const key = String(simple)
  if (key.length > MAX_LENGTH) {
    throw new HooklineError(
      'condition_invalid',
      `The key has ${key.length} characters, and at most ${MAX_LENGTH} are allowed`,
    )
  }
  // Not every store can keep these characters in a text column.
  return key.toWellFormed().replaceAll('\0', '\uFFFD')
}
