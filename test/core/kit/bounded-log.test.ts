import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BoundedLog, FaultLog } from '../../../core/kit/bounded-log.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function open(stopping?: AbortSignal) {
  const lines: object[] = []
  const write = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, ...fields, message })
  return { log: new BoundedLog({ warn: write('warn'), error: write('error') }, stopping), lines }
}

describe('BoundedLog', () => {
  it('writes the first lines of a key, and the number of the others after a minute', () => {
    const { log, lines } = open()
    for (let count = 1; count <= 25; count++) log.write('warn', 'a', { count }, 'refused')
    log.write('error', 'b', { count: 1 }, 'failed')
    expect(lines).toHaveLength(11)
    vi.advanceTimersByTime(60_000)
    expect(lines.slice(11)).toEqual([
      { level: 'warn', count: 25, suppressed: 15, message: 'refused, repeatedly' },
    ])
    log.write('warn', 'a', { count: 26 }, 'refused')
    expect(lines).toHaveLength(13)
  })

  it('keeps to a number of lines, however many keys there are', () => {
    const { log, lines } = open()
    for (let key = 0; key < 100_000; key++) log.write('warn', `${key}`, {}, 'refused')
    expect(lines).toHaveLength(210)
    vi.advanceTimersByTime(60_000)
    expect(lines.at(-1)).toMatchObject({ suppressed: 100_000 - 210 })
  })

  it('sums up when the node stops', () => {
    const stopping = new AbortController()
    const { log, lines } = open(stopping.signal)
    for (let count = 0; count < 11; count++) log.write('warn', 'a', {}, 'refused')
    stopping.abort()
    expect(lines.at(-1)).toMatchObject({ suppressed: 1 })
  })
})

describe('FaultLog', () => {
  it('tells of each fault once, also if they come in turns, until they have ended', () => {
    const lines: unknown[] = []
    const faults = new FaultLog({ warn: (fields, message) => void lines.push([fields, message]) })
    const [lost, full] = [new Error('lost'), new Error('full')]
    for (const fault of [lost, new Error('lost'), full, lost]) faults.write(fault, 'held up')
    faults.ended()
    faults.write(lost, 'held up')
    expect(lines).toEqual([lost, full, lost].map((err) => [{ err }, 'held up']))
  })
})
