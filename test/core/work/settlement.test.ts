import { describe, expect, it } from 'vitest'
import type { ProgramSettings } from '../../../core/contracts/config.ts'
import type { EndOutcome } from '../../../core/contracts/executor.ts'
import { Redactor } from '../../../core/redaction/redactor.ts'
import {
  type Ending,
  isShortage,
  missingSettlement,
  settlementOf,
  unjudgedSettlement,
} from '../../../core/work/settlement.ts'

const NOW = 1_000_000
const SECRET = 'hunter2-hunter2'

const CYCLE: Record<string, unknown> = {}
CYCLE['itself'] = CYCLE

function settled(
  ending: Ending,
  {
    attempt = 1,
    exitCodes = null,
    age = 0,
  }: { attempt?: number; exitCodes?: readonly number[] | null; age?: number } = {},
) {
  const retry: ProgramSettings['retry'] = {
    attempts: 3,
    lostAttempts: 10,
    backoffSeconds: 10,
    maxBackoffSeconds: 60,
    exitCodes,
  }
  const redactor = new Redactor()
  redactor.set([SECRET, '123456789'])
  const settings = { retry, timeoutSeconds: 600 }
  return settlementOf(ending, {
    attempt,
    createdAt: NOW - age,
    settings,
    redactor,
    now: NOW,
    random: () => 0.5,
  })
}

const outcome = (value: unknown): Ending => ({ kind: 'outcome', outcome: value as EndOutcome })
const failed = (more: object = {}) => outcome({ status: 'failed', reason: 'it broke', ...more })

describe('settlementOf', () => {
  it.each<[string, Ending, Parameters<typeof settled>[1], object]>([
    [
      'success',
      outcome({ status: 'succeeded', exitCode: 0, result: { a: 1 } }),
      {},
      { state: 'succeeded', attempt: 'succeeded', exitCode: 0, reason: null, result: '{"a":1}' },
    ],
    ['a result of null', outcome({ status: 'succeeded', result: null }), {}, { result: 'null' }],
    [
      'failure',
      failed({ exitCode: 2 }),
      {},
      { state: 'waiting', attempt: 'failed', exitCode: 2, reason: 'it broke', dueAt: NOW + 5000 },
    ],
    [
      'second failure',
      failed({ exitCode: 2 }),
      { attempt: 2 },
      { state: 'waiting', dueAt: NOW + 10_000 },
    ],
    ['last failure', failed({ exitCode: 2 }), { attempt: 3 }, { state: 'dead', attempt: 'failed' }],
    [
      'last failure that asks for more',
      failed({ retryable: true }),
      { attempt: 3 },
      { state: 'dead' },
    ],
    ['exit code listed', failed({ exitCode: 75 }), { exitCodes: [75] }, { state: 'waiting' }],
    [
      'exit code not listed',
      failed({ exitCode: 1 }),
      { exitCodes: [75] },
      { state: 'dead', exitCode: 1 },
    ],
    ['no exit code', failed(), { exitCodes: [75] }, { state: 'waiting', exitCode: null }],
    ['failure with exit code 0', failed({ exitCode: 0 }), {}, { state: 'dead' }],
    [
      'final failure',
      failed({ exitCode: 75, retryable: false }),
      { exitCodes: [75] },
      { state: 'dead' },
    ],
    [
      'retryable whatever the code',
      failed({ exitCode: 1, retryable: true }),
      { exitCodes: [75] },
      { state: 'waiting' },
    ],
    ['a longer wait asked for', failed({ retryAfterSeconds: 100 }), {}, { dueAt: NOW + 100_000 }],
    [
      'a program that there was no room to start, on its last attempt',
      failed({ notStarted: true, retryable: true }),
      { attempt: 3 },
      { state: 'waiting', attempt: 'returned', reason: 'it broke', dueAt: NOW + 7500 },
    ],
    [
      'the same, for a task that is an hour old',
      failed({ notStarted: true }),
      { age: 3_600_000 },
      { state: 'waiting', attempt: 'returned', dueAt: NOW + 45_000 },
    ],
    ['a shorter wait asked for', failed({ retryAfterSeconds: 1 }), {}, { dueAt: NOW + 5000 }],
    [
      'a senseless wait asked for',
      failed({ retryAfterSeconds: Number.NaN }),
      {},
      { dueAt: NOW + 5000 },
    ],
    [
      'an endless wait asked for',
      failed({ retryAfterSeconds: Infinity }),
      {},
      { dueAt: NOW + 604_800_000 },
    ],
    [
      'a throw',
      { kind: 'threw', error: new Error(`no ${SECRET}`) },
      { exitCodes: [75] },
      { state: 'waiting', reason: 'The executor failed: no [redacted]' },
    ],
    [
      'values of other types than they should have',
      failed({ reason: Symbol('r'), retryAfterSeconds: 10n, result: Symbol('s') }),
      {},
      {
        state: 'waiting',
        reason: 'The executor gave no reason. (the result was dropped: it is not JSON)',
      },
    ],
    [
      'no outcome',
      outcome(undefined),
      {},
      { state: 'waiting', reason: 'The executor gave no outcome.' },
    ],
    [
      'an exit code that is no number',
      failed({ exitCode: 'x', retryable: true }),
      {},
      { exitCode: null },
    ],
    [
      'timeout',
      { kind: 'aborted', by: 'timeout', note: null },
      {},
      {
        state: 'waiting',
        attempt: 'failed',
        reason: 'time limit of 600 s reached',
        dueAt: NOW + 5000,
      },
    ],
    [
      'last timeout',
      { kind: 'aborted', by: 'timeout', note: 'the program did not stop' },
      { attempt: 3 },
      { state: 'dead', reason: 'time limit of 600 s reached; the program did not stop' },
    ],
    [
      'cancel',
      { kind: 'aborted', by: 'cancelled', note: null },
      {},
      { state: 'cancelled', attempt: 'cancelled' },
    ],
    [
      'stop',
      { kind: 'aborted', by: 'stopping', note: null },
      { attempt: 3 },
      { state: 'waiting', attempt: 'returned', dueAt: NOW },
    ],
  ])('%s', (_what, ending, more, expected) => {
    expect(settled(ending, more)).toMatchObject(expected)
  })

  it('leaves a lost lease to its new holder', () => {
    expect(settled({ kind: 'aborted', by: 'lease_lost', note: null })).toBeNull()
  })

  it.each<[string, unknown, string]>([
    ['too large', 'x'.repeat(1024 * 1024), 'larger than 1 MiB'],
    ['a function', () => 1, 'not JSON'],
    ['part of itself', CYCLE, 'not JSON'],
  ])('drops a result that is %s, and says so', (_what, result, note) => {
    const success = settled(outcome({ status: 'succeeded', result }))
    expect(success).toMatchObject({ state: 'succeeded', result: null })
    expect(success?.reason).toContain(note)
    const failure = settled(failed({ result }))
    expect(failure).toMatchObject({ result: null })
    expect(failure?.reason).toMatch(/^it broke \(the result was dropped/)
  })

  it('keeps all digits of a large integer in a result', () => {
    const success = settled(outcome({ status: 'succeeded', result: { id: 98765432109876543210n } }))
    expect(success).toMatchObject({ result: '{"id":98765432109876543210}', reason: null })
  })

  it('redacts a result so that it stays JSON', () => {
    const settlement = settled(outcome({ status: 'succeeded', result: { pin: 123_456_789 } }))
    expect(settlement?.result).toBe('{"pin":"[redacted]"}')
  })

  it('redacts reason and result, and cuts a long reason', () => {
    const text = `${'x'.repeat(1990)}${SECRET}${'y'.repeat(100)}`
    const settlement = settled(failed({ reason: text, result: { [SECRET]: `a ${SECRET}` } }))
    expect(settlement?.result).toBe('{"[redacted]":"a [redacted]"}')
    expect(settlement?.reason).toBe(`${'x'.repeat(1990)}[redacted]…`)
  })
})

describe('isShortage', () => {
  it('is true of a program that there was no room for, not of what waits for something else', () => {
    const noRoom = settled(failed({ notStarted: true }))
    expect(noRoom !== null && isShortage(noRoom)).toBe(true)
    expect(isShortage(missingSettlement(NOW, 'the rule has no such step', NOW))).toBe(false)
    expect(isShortage(unjudgedSettlement(NOW, 'the provider is down', 5000))).toBe(false)
  })
})
