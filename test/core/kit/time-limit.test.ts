import { getEventListeners } from 'node:events'
import { expect, it, onTestFinished, vi } from 'vitest'
import { untilAborted, withTimeLimit } from '../../../core/kit/time-limit.ts'

const never = new Promise<never>(() => {})

it('returns at once what is no promise', () => {
  expect(withTimeLimit('there', 0, () => 'late')).toBe('there')
})

it('returns what comes in time, and what `late` gives for what does not', async () => {
  expect(await withTimeLimit(Promise.resolve('came'), 1000, () => 'late')).toBe('came')
  expect(await withTimeLimit(never, 1, () => 'late')).toBe('late')
})

it('passes on a failure that comes in time, and what `late` throws', async () => {
  const failing = Promise.reject(new Error('its own'))
  await expect(withTimeLimit(failing, 1000, () => {})).rejects.toThrow('its own')
  const late = () => {
    throw new Error('too late')
  }
  await expect(withTimeLimit(never, 1, late)).rejects.toThrow('too late')
})

it('leaves neither a timer nor an unhandled failure behind', async () => {
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  onTestFinished(() => void process.off('unhandledRejection', unhandled))
  const failing = Promise.withResolvers<void>()
  await withTimeLimit(failing.promise, 1, () => {})
  failing.reject(new Error('after the limit'))
  await new Promise((resolve) => setImmediate(resolve))
  expect(unhandled).not.toHaveBeenCalled()
  const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  await withTimeLimit(Promise.resolve(), 60_000, () => {})
  const after = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  expect(after).toBe(before)
})

it('waits until a signal is aborted, and leaves no listener behind', async () => {
  const stop = new AbortController()
  expect(await untilAborted(Promise.resolve('came'), stop.signal)).toBe('came')
  await expect(untilAborted(Promise.reject(new Error('its own')), stop.signal)).rejects.toThrow()
  const waiting = untilAborted(never, stop.signal)
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1)
  stop.abort()
  expect(await waiting).toBeNull()
  expect(await untilAborted(never, stop.signal)).toBeNull()
  expect(getEventListeners(stop.signal, 'abort')).toEqual([])
})
