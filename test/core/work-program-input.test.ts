import { describe, expect, it } from 'vitest'
import type { Claim, Facts } from '../../core/index.ts'
import { buildProgramInput } from '../../core/work/program-input.ts'

interface Given {
  readonly payload?: string
  readonly facts?: Facts
  readonly senderId?: string | null
}

function input({ payload = '{}', facts = {}, senderId = 'guid-1' }: Given) {
  const claim: Claim = {
    lease: { taskId: 'tsk_1', fence: 1 },
    task: {
      id: 'tsk_1',
      state: 'running',
      rule: 'deploys',
      program: 'deploy',
      source: 'github',
      eventType: 'push',
      eventId: 'evt_1',
      deliveryId: 'dlv_1',
      createdAt: 0,
      dueAt: 0,
      startedAt: 0,
      endedAt: null,
      attempts: 2,
      exitCode: null,
      reason: null,
      result: null,
      node: 'a',
      cancelRequested: false,
      policyKey: null,
      priority: 0,
    },
    event: {
      id: 'evt_1',
      deliveryId: 'dlv_1',
      source: 'github',
      type: 'push',
      senderId,
      receivedAt: Date.UTC(2024, 0, 2, 3, 4, 5),
      facts,
      payload,
    },
  }
  return buildProgramInput(claim, { params: [], allowLeadingDash: false })
}

describe('stdin', () => {
  it('holds the payload as it was sent: large numbers, key order, white space', () => {
    const payload = '{ "z": 12345678901234567890, "2": 1.50, "1": [], "a": "\\u00e9" }'
    const { stdin } = input({ payload, facts: { branch: 'main' } })
    expect(stdin).toBe(
      `{"id":"evt_1","source":"github","type":"push","senderId":"guid-1","deliveryId":"dlv_1",` +
        `"receivedAt":"2024-01-02T03:04:05.000Z","facts":{"branch":"main"},"payload":${payload}}`,
    )
    expect(JSON.parse(stdin)).toMatchObject({ payload: { a: 'é' } })
  })

  it('is JSON also where the payload began with a byte order mark', () => {
    expect(JSON.parse(input({ payload: '\uFEFF[1]' }).stdin)).toMatchObject({ payload: [1] })
  })
})

describe('event', () => {
  it('parses the payload once, when it is read', () => {
    const { event } = input({ payload: '{"a":1}' })
    expect(event.payload).toEqual({ a: 1 })
    expect(event.payload).toBe(event.payload)
    expect(event.receivedAt).toEqual(new Date('2024-01-02T03:04:05Z'))
  })

  it('does not quote a payload that is not JSON', () => {
    const { event } = input({ payload: 'token=abc' })
    expect(() => event.payload).toThrow(
      expect.objectContaining({
        code: 'delivery_unparsable',
        message: "The event's payload is not JSON.",
      }),
    )
  })
})

describe('env', () => {
  it('names ids, type and facts', () => {
    const facts = {
      branch: 'main',
      headSha: 'abc',
      'pull request.number': 7,
      draft: false,
      none: null,
    }
    expect(input({ facts }).env).toEqual({
      WEBHOOK_SOURCE: 'github',
      WEBHOOK_EVENT: 'github.push',
      WEBHOOK_EVENT_TYPE: 'push',
      WEBHOOK_EVENT_ID: 'evt_1',
      WEBHOOK_SENDER_ID: 'guid-1',
      WEBHOOK_DELIVERY_ID: 'dlv_1',
      WEBHOOK_TASK_ID: 'tsk_1',
      WEBHOOK_ATTEMPT: '2',
      WEBHOOK_RULE: 'deploys',
      WEBHOOK_PROGRAM: 'deploy',
      WEBHOOK_BRANCH: 'main',
      WEBHOOK_HEAD_SHA: 'abc',
      WEBHOOK_PULL_REQUEST_NUMBER: '7',
      WEBHOOK_DRAFT: 'false',
    })
  })

  it('keeps its own names, set or not', () => {
    const { env } = input({
      facts: { source: 'evil', senderId: 'evil', taskId: 'evil' },
      senderId: null,
    })
    expect(env).toMatchObject({ WEBHOOK_SOURCE: 'github', WEBHOOK_TASK_ID: 'tsk_1' })
    expect(env).not.toHaveProperty('WEBHOOK_SENDER_ID')
  })

  it.each<[string, Given, string]>([
    ['a fact with a NUL character', { facts: { note: 'a\0b' } }, 'WEBHOOK_NOTE'],
    ['a fact over 32 KiB', { facts: { note: 'é'.repeat(16 * 1024 + 1) } }, 'WEBHOOK_NOTE'],
    ["a sender's id with a NUL character", { senderId: 'a\0b' }, 'WEBHOOK_SENDER_ID'],
    ['a fact without a usable name', { facts: { '=()': 'x' } }, 'WEBHOOK_'],
  ])('leaves out %s', (_what, given, name) => {
    expect(input(given).env).not.toHaveProperty(name)
    expect(input(given).env).toHaveProperty('WEBHOOK_EVENT_ID')
  })

  it('is bounded in all', () => {
    const facts = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`fact${index}`, 'x'.repeat(30_000)]),
    )
    expect(JSON.stringify(input({ facts }).env).length).toBeLessThan(300 * 1024)
    expect(input({ facts }).env).toHaveProperty('WEBHOOK_FACT0')
  })
})
