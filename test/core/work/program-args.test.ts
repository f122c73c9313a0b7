import { describe, expect, it } from 'vitest'
import type { Facts, WebhookEvent } from '../../../core/contracts/event.ts'
import { buildArgs } from '../../../core/work/program-values.ts'

const PAYLOAD = `{
  "head": { "sha": "abc", "id": 12345678901234567890, "note": null },
  "commits": [{ "id": "c0" }, { "id": "c1", "size": 1.50 }],
  "ok": true, "count": 7, "empty": "", "dash": "--force", "nul": "a\\u0000b", "own.key": 1,
  "branch": "of the payload", "event": { "type": "of the payload" }, "__proto__": { "polluted": "own" }
}`
const FACTS: Facts = {
  branch: 'main',
  number: 3,
  draft: false,
  nothing: null,
  'a.b': 'dotted',
  flag: '-x',
}

interface Extra {
  readonly default?: string
  readonly allowLeadingDash?: boolean
}

function args(name: string, extra: Extra = {}): readonly string[] {
  const event: WebhookEvent = {
    id: 'evt_1',
    source: 'github',
    type: 'push.created',
    senderId: null,
    deliveryId: 'dlv_1',
    receivedAt: new Date(0),
    facts: FACTS,
    payload: JSON.parse(PAYLOAD),
  }
  const built = buildArgs(
    { event, payload: PAYLOAD },
    {
      params: [{ name, default: extra.default ?? null }],
      allowLeadingDash: extra.allowLeadingDash ?? false,
    },
  )
  return built.args
}

describe('params', () => {
  it.each<[string, string, Extra?]>([
    ['branch', 'main'],
    ['payload.branch', 'of the payload'],
    ['number', '3'],
    ['draft', 'false'],
    ['a.b', 'dotted'],
    ['nothing', 'fallback', { default: 'fallback' }],
    ['event.type', 'push.created'],
    ['event.id', 'evt_1'],
    ['event.source', 'github'],
    ['payload.event.type', 'of the payload'],
    ['head.sha', 'abc'],
    ['payload.head.sha', 'abc'],
    ['payload.head.id', '12345678901234567890'],
    ['head', '{"sha":"abc","id":12345678901234567890,"note":null}'],
    ['head.note', '-', { default: '-' }],
    ['commits.1.id', 'c1'],
    ['commits.1.size', '1.50'],
    ['commits', '[{"id":"c0"},{"id":"c1","size":1.50}]'],
    ['commits.2.id', 'none', { default: 'none' }],
    ['commits.length', 'none', { default: 'none' }],
    ['commits.01', 'none', { default: 'none' }],
    ['head.sha.0', 'none', { default: 'none' }],
    ['ok', 'true'],
    ['count', '7'],
    ['empty', ''],
    ['payload', PAYLOAD],
    ['__proto__.polluted', 'own'],
    ['constructor.name', 'none', { default: 'none' }],
    ['head.toString', 'none', { default: 'none' }],
    ['absent', '-default', { default: '-default' }],
    ['dash', '--force', { allowLeadingDash: true }],
    ['flag', '-x', { allowLeadingDash: true }],
  ])('%s is %j', (name, expected, extra) => {
    expect(args(name, extra)).toEqual([expected])
  })

  it.each<[string, string, Extra?]>([
    ['absent', 'param_missing'],
    ['nothing', 'param_missing'],
    ['head.note', 'param_missing'],
    ['hasOwnProperty', 'param_missing'],
    ['flag', 'param_refused'],
    ['dash', 'param_refused'],
    ['dash', 'param_refused', { default: 'not used' }],
    ['nul', 'param_refused', { allowLeadingDash: true }],
  ])('%s throws %s and names the param, not the value', (name, code, extra) => {
    const fault = (() => {
      try {
        return args(name, extra)
      } catch (error) {
        return error
      }
    })()
    expect(fault).toMatchObject({ name: 'HooklineError', code })
    expect((fault as Error).message).toContain(`\`${name}\``)
    expect((fault as Error).message).not.toMatch(/--force|-x|a\0b/)
  })
})
