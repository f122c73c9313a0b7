import { describe, expect, it } from 'vitest'
import { compileCondition } from '../../../core/conditions/condition.ts'

const OPTIONS = { facts: null }
/** Under 1000 characters, and 70000 steps: a text of 10 kB took seconds. */
const HEAVY = '[\\\\p{L}]{1000}'.repeat(70)

describe('a pattern of very many steps', () => {
  it('is refused when the config is loaded', () => {
    const compile = () => compileCondition(`payload.text.matches('${HEAVY}')`, OPTIONS)
    expect(compile).toThrow(/at most 2000 steps, and this one 7\d{4}/)
    const inFunction = () => compileCondition(`matches(payload.text, '${HEAVY}')`, OPTIONS)
    expect(inFunction).toThrow(/at most 2000 steps/)
  })

  it.each(['^[a-z]{1,255}@[a-z]{1,255}$', `^(${'refs/heads/release|'.repeat(40)}main)$`])(
    'is not one that people write: %s',
    (pattern) => {
      expect(() => compileCondition(`payload.text.matches('${pattern}')`, OPTIONS)).not.toThrow()
    },
  )
})
