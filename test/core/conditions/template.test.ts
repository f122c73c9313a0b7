import { describe, expect, it } from 'vitest'
import { compileJsonTemplate } from '../../../core/conditions/json-template.ts'
import { compileTemplate, type TemplateText } from '../../../core/conditions/template.ts'
import type { WebhookEvent } from '../../../core/contracts/event.ts'
import { type ValueSource, valuesOf } from '../../../core/sdk/events/event-value.ts'

const PAYLOAD = `{
  "ref": "refs/heads/main", "id": 12345678901234567890, "ratio": 1.50, "nothing": null,
  "commits": [{ "id": "a1", "files": 2 }, { "id": "b2", "files": 3 }], "empty": "", "braces": "{branch}"
}`

function source(): ValueSource {
  const event: WebhookEvent = {
    id: 'evt_1',
    source: 'github',
    type: 'push',
    senderId: 'sender',
    deliveryId: 'dlv_1',
    receivedAt: new Date(Date.UTC(2026, 0, 2)),
    facts: { branch: 'main', number: 3, draft: false, absent: null, 'odd name': 'x' },
    payload: JSON.parse(PAYLOAD),
  }
  return valuesOf({ event, stdin: `{"payload":${PAYLOAD}}` })
}

const options = { path: 'text', secrets: { key: 's3cr{t' } }
const fill = (template: TemplateText) => compileTemplate(template, options).fill(source())

describe('text templates', () => {
  it.each<[TemplateText, string]>([
    ['plain', 'plain'],
    ['', ''],
    ['{branch}', 'main'],
    ['{branch}#{number} {draft}', 'main#3 false'],
    ['{odd name}', 'x'],
    ['{event.type} {event.id} {event.source}', 'push evt_1 github'],
    ['{payload.ref} {ref}', 'refs/heads/main refs/heads/main'],
    ['{payload.id} {payload.ratio}', '12345678901234567890 1.50'],
    ['{commits.1.id}', 'b2'],
    ['{commits}', '[{"id":"a1","files":2},{"id":"b2","files":3}]'],
    ['[{empty}]', '[]'],
    ['{{branch: {branch}}}', '{branch: main}'],
    ['{{{branch}}}', '{main}'],
    ['{{"a":"{branch}"}}', '{"a":"main"}'],
    ['{payload.braces}', '{branch}'],
    ['key={secret.key}', 'key=s3cr{t'],
    [{ cel: "branch + '!'" }, 'main!'],
    [{ cel: "has(payload.title) ? payload.title : 'none'" }, 'none'],
    [{ cel: 'payload.commits.map(c, c.id)' }, '["a1","b2"]'],
    [{ cel: 'size(payload.commits)' }, '2'],
    [{ cel: 'event.receivedAt' }, '2026-01-02T00:00:00.000Z'],
  ])('%j gives %j', (template, expected) => {
    expect(fill(template)).toBe(expected)
  })

  it('encodes values, and only values', () => {
    const template = compileTemplate('a b/{payload.ref}?{secret.key}', options)
    expect(template.fill(source(), encodeURIComponent)).toBe('a b/refs%2Fheads%2Fmain?s3cr{t')
  })

  it.each<[TemplateText, string]>([
    ['{absent}', 'param_missing'],
    ['{payload.nothing}', 'param_missing'],
    ['{constructor}', 'param_missing'],
    ['{payload.__proto__.x}', 'param_missing'],
    [{ cel: 'payload.nothing' }, 'expression_failed'],
    [{ cel: 'payload.title' }, 'expression_failed'],
    [{ cel: 'unheard' }, 'expression_failed'],
    [{ cel: '1.0 / 0.0' }, 'expression_failed'],
  ])('%j throws %s without a value', (template, code) => {
    expect(() => fill(template)).toThrow(expect.objectContaining({ code }))
    expect(() => fill(template)).not.toThrow(/refs\/heads/)
  })

  it.each<[TemplateText, RegExp]>([
    ['{', /`\{` at character 1/],
    ['a }', /`\}` at character 3/],
    ['{"a": "{branch}"}', /write `\{\{`/],
    ['a {{branch}}', /`\{\{branch\}\}` at character 3, .* write `\{branch\}` for the value/],
    ['{{ payload.ref }}', /write `\{payload.ref\}`/],
    ['{}', /clear name at character 1/],
    ['x { branch }', /clear name at character 3/],
    ['{secret.kye}', /not in `secrets`.*`key`/],
    ['{secret.constructor}', /not in `secrets`/],
    [{ cel: 'branch +' }, /`text` is no template/],
    [{ cel: 'event.typ' }, /event\.type/],
  ])('%j is refused when it is compiled', (template, message) => {
    const compile = () => compileTemplate(template, options)
    expect(compile).toThrow(expect.objectContaining({ code: 'option_invalid' }))
    expect(compile).toThrow(message)
  })
})

describe('JSON templates', () => {
  const json = (value: unknown) =>
    JSON.stringify(compileJsonTemplate(value, { path: 'body.json' }).fill(source()))

  it.each<[unknown, string]>([
    [
      { text: 'On {branch}', n: 1, ok: true, nil: null },
      '{"text":"On main","n":1,"ok":true,"nil":null}',
    ],
    [['{branch}', ['{number}']], '["main",["3"]]'],
    [{ ids: { cel: 'payload.commits.map(c, c.id)' } }, '{"ids":["a1","b2"]}'],
    [
      { cel: "{'n': size(payload.commits), 'first': payload.commits[0]}" },
      '{"n":2,"first":{"id":"a1","files":2}}',
    ],
    [{ cel: '9007199254740993' }, '9007199254740993'],
    [{ cel: 'payload.nothing' }, 'null'],
    [{ cel: 'payload.?title' }, 'null'],
    [{ cel: "b'hi'" }, '"aGk="'],
    [{ cel: "duration('90s')" }, '"90s"'],
    [{ cel: '3u' }, '3'],
    [{ cel: 'x', more: 1 }, '{"cel":"x","more":1}'],
    [{ '{branch}': 'a key stays' }, '{"{branch}":"a key stays"}'],
    [JSON.parse('{"__proto__":"{branch}"}'), '{"__proto__":"main"}'],
  ])('%j gives %s', (value, expected) => {
    expect(json(value)).toBe(expected)
  })

  it.each<[unknown, RegExp]>([
    [{ a: [{ b: '{' }] }, /`body\.json\.a\[0\]\.b`/],
    [{ a: { cel: ')' } }, /`body\.json\.a`/],
  ])('names the place of a fault in %j', (value, message) => {
    expect(() => json(value)).toThrow(message)
  })

  it('refuses what is nested without end', () => {
    let value: unknown = 'x'
    for (let level = 0; level < 60; level++) value = [value]
    expect(() => json(value)).toThrow(/nested deeper/)
  })
})
