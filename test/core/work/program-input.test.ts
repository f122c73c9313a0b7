import { describe, expect, it } from 'vitest'
import type { ProgramSettings } from '../../../core/contracts/config.ts'
import type { EventRequest, Facts } from '../../../core/contracts/event.ts'
import type { Claim } from '../../../core/contracts/store.ts'
import { requestOf } from '../../../core/matching/event-request.ts'
import { buildProgramInput, noteOfLeftOut } from '../../../core/work/program-input.ts'

interface Given {
  readonly payload?: string
  readonly facts?: Facts
  readonly senderId?: string | null
  readonly variables?: ProgramSettings['variables']
  readonly request?: EventRequest | null
}

function input({ payload = '{}', facts = {}, senderId = 'guid-1', ...given }: Given) {
  const { variables = {}, request = null } = given
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
      lostAttempts: 0,
      exitCode: null,
      reason: null,
      result: null,
      node: 'a',
      handedOver: null,
      cancelRequested: false,
      policyKey: null,
      priority: 0,
      step: 0,
      previous: null,
      next: null,
      approval: null,
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
  const settings = { params: [], allowLeadingDash: false, variables }
  const { input: built, leftOut } = buildProgramInput(claim, settings, {
    traceparent: null,
    request,
    approvalLink: null,
  })
  return { ...built, note: noteOfLeftOut(leftOut) }
}

it('a large number keeps every digit in the facts, in variables and on stdin', () => {
  const payload = '{"order":{"id":12345678901234567891}}'
  const made = input({ payload, facts: { id: 12345678901234567891n } })
  expect(made.env).toMatchObject({ WEBHOOK_ID: '12345678901234567891' })
  expect(made.stdin).toContain('"facts":{"id":12345678901234567891}')
  expect(made.event.payload).toEqual({ order: { id: 12345678901234567891n } })
})

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

  it.each<[string, Given, string, string | null]>([
    ['a fact with a NUL', { facts: { note: 'a\0b' } }, 'WEBHOOK_NOTE', 'with a NUL character'],
    ['a fact over 32 KiB', { facts: { note: 'é'.repeat(16385) } }, 'WEBHOOK_NOTE', 'over 32 KiB'],
    ["a sender's id with a NUL", { senderId: 'a\0b' }, 'WEBHOOK_SENDER_ID', 'with a NUL character'],
    ['a fact without a usable name', { facts: { '=()': 'x' } }, 'WEBHOOK_', null],
  ])('leaves out %s, and says so', (_what, given, name, why) => {
    const { env, note } = input(given)
    expect(env).not.toHaveProperty(name)
    expect(env).toHaveProperty('WEBHOOK_EVENT_ID')
    expect(note).toBe(
      why === null
        ? null
        : `[hookline] Not set as variables: ${name} (${why}). The program can read the values from the event on standard input.\n`,
    )
  })

  it('says nothing where all is set, or has no value', () => {
    expect(input({ facts: { branch: 'main', none: null } }).note).toBeNull()
  })

  it('is bounded in all', () => {
    const facts = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`fact${index}`, 'x'.repeat(30_000)]),
    )
    expect(JSON.stringify(input({ facts }).env).length).toBeLessThan(300 * 1024)
    expect(input({ facts }).env).toHaveProperty('WEBHOOK_FACT0')
    const note = input({ facts }).note ?? ''
    expect(note).toContain('WEBHOOK_FACT8 (beyond 256 KiB of facts)')
    expect(note).toContain(' and 32 more.')
    expect(note.length).toBeLessThan(1000)
  })
})

describe('variables', () => {
  const request = requestOf({
    method: 'GET',
    path: '/hooks/a?ref=main&ref=other&__proto__=x',
    headers: { 'x-ref': 'header', host: 'example.org' },
    client: '192.0.2.7',
    body: Buffer.from('{ "a": 1 }'),
  })
  const text = (name: string) => ({ name, default: null })

  it('read the request, facts, the payload and fixed texts', () => {
    const { env, note } = input({
      ...{ payload: '{"a":{"b":"é"}}', facts: { branch: 'main' }, request },
      variables: {
        METHOD: text('request.method'),
        CLIENT: text('request.client'),
        PATH_ONLY: text('request.path'),
        REF: text('request.query.ref'),
        PROTO: text('request.query.__proto__'),
        QUERY: text('request.query'),
        HEADER: text('request.headers.X-Ref'),
        HEADERS: text('request.headers'),
        BODY: text('request.body'),
        BRANCH: text('branch'),
        NESTED: text('a.b'),
        FIXED: { name: '', default: null, value: '--force' },
        DEFAULT: { name: 'absent', default: 'none' },
        BYTES: { name: 'w', default: 'aMOp\r\nbGxv', base64: true },
        ABSENT: text('request.query.absent'),
        INHERITED: text('request.headers.constructor'),
        NUL: { name: 'w', default: 'AGE=', base64: true },
      },
    })
    expect(env).toMatchObject({
      METHOD: 'GET',
      CLIENT: '192.0.2.7',
      PATH_ONLY: '/hooks/a',
      REF: 'main',
      PROTO: 'x',
      QUERY: '{"ref":"main","__proto__":"x"}',
      HEADER: 'header',
      HEADERS: '{"x-ref":"header","host":"example.org"}',
      BODY: '{ "a": 1 }',
      BRANCH: 'main',
      NESTED: 'é',
      FIXED: '--force',
      DEFAULT: 'none',
      BYTES: 'héllo',
    })
    for (const name of ['ABSENT', 'INHERITED', 'NUL']) expect(env).not.toHaveProperty(name)
    expect(note).toContain('NUL (with a NUL character)')
  })

  it('a value of the request is missing where the program does not get the request', () => {
    expect(input({ variables: { REF: text('request.query.ref') } }).env).not.toHaveProperty('REF')
  })

  it('a file holds the exact bytes', () => {
    const variables = { DATA: { name: 'data', default: null, base64: true, file: true } }
    const { files, env } = input({ payload: '{"data":"AP+AwQ=="}', variables })
    expect(files).toEqual([{ of: 'DATA', content: Buffer.from([0, 0xff, 0x80, 0xc1]) }])
    expect(env).not.toHaveProperty('DATA')
  })

  it.each(['a', 'YQ=', 'YQ', 'Y-Q=', '====', 'é'])('%j is refused as base64', (data) => {
    const variables = { DATA: { name: 'data', default: null, base64: true } }
    expect(() => input({ payload: JSON.stringify({ data }), variables })).toThrow(
      'The value of `data` is not base64.',
    )
  })
})
