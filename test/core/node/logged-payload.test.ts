import { describe, expect, it } from 'vitest'
import { createLogger } from '../../../core/node/logger.ts'
import { Redactor } from '../../../core/redaction/redactor.ts'

function failureOf(text: string): unknown {
  try {
    JSON.parse(text)
  } catch (error) {
    return error
  }
  throw new Error('this is JSON')
}

describe('the error of a plugin that parses JSON by itself', () => {
  it.each(['private', '{"a": private}', `${'x'.repeat(100)}private`, '{"private": "priv\nate"'])(
    'is logged without the text: %s',
    (text) => {
      const lines: string[] = []
      const logger = createLogger({
        level: 'info',
        pretty: false,
        redactor: new Redactor(),
        destination: { write: (line: string) => lines.push(line) },
      })
      const cause = failureOf(text)
      logger.error({ err: new Error('it failed', { cause }) }, 'a source failed')
      expect(lines.join('')).toMatch(/JSON/)
      expect(lines.join('')).not.toMatch(/priv|xxx/)
    },
  )
})
