import { describe, expect, it } from 'vitest'
import type { LogChunk, TaskRecord } from '../../../core/contracts/task.ts'
import { descriptionOf, endOfOutput } from '../../../core/reporting/told.ts'
import { shortened } from '../../../core/sdk/source.ts'

const same = (text: string) => text

describe('what a provider is told', () => {
  it('has no half characters where it is cut', () => {
    expect(shortened('a🚀b', 3)).toBe('a\ufffd…')
    const text = `🚀${'x'.repeat(3999)}`
    const told = endOfOutput([{ attempt: 1, text } as LogChunk], same)
    expect(told).toBe(`\ufffd${'x'.repeat(3999)}`)
  })

  it('says that a task waits for an approval, and not after it was given', () => {
    const task = { state: 'waiting', attempts: 0, lostAttempts: 0, reason: null }
    const waiting = (state: string) => ({ ...task, approval: { state } }) as TaskRecord
    expect(descriptionOf(waiting('pending'), same)).toBe('Waits for an approval')
    expect(descriptionOf(waiting('approved'), same)).toBe('Waiting to run')
  })
})
