import { describe, expect, it } from 'vitest'
import { Redactor } from '../../../core/redaction/redactor.ts'

describe('secrets of a config that was changed', () => {
  it('are still redacted: programs that were started with them go on', () => {
    const redactor = new Redactor()
    redactor.add(['old-secret', 'admin-token'])
    const stream = redactor.stream()
    redactor.add(['new-secret', 'admin-token'])
    const text = 'old-secret new-secret admin-token'
    const masked = '[redacted] [redacted] [redacted]'
    expect(redactor.text(text)).toBe(masked)
    expect(stream.write(text) + stream.end()).toBe(masked)
  })
})
