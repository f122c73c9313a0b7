import { describe, expect, it } from 'vitest'
import { builtInSources } from '../../../core/config/modules/built-in.ts'
import { configJsonSchema } from '../../../core/config/schema/config-json-schema.ts'
import { fieldsOf, type OptionSchema } from '../../../core/dashboard/schema-form/fields.ts'
import { fieldText, inputName, readOptions } from '../../../core/dashboard/schema-form/read.ts'

const REFERENCE = { $ref: '#/$defs/reference' }
const SECRET = { type: 'string', writeOnly: true }

const SCHEMA: OptionSchema = {
  properties: {
    cwd: { anyOf: [{ type: 'string' }, REFERENCE], description: 'Where it runs.' },
    secret: {
      anyOf: [SECRET, { type: 'array', items: { anyOf: [SECRET, REFERENCE] } }, REFERENCE],
    },
    seconds: { anyOf: [{ type: 'number' }, REFERENCE], default: 5 },
    isOn: { anyOf: [{ type: 'boolean' }, REFERENCE] },
    mode: { anyOf: [{ type: 'string', enum: ['a', 'b'] }, REFERENCE] },
    command: { type: 'array', items: { anyOf: [{ type: 'string' }, REFERENCE] } },
    params: { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'object' }] } },
    limits: { type: 'object', properties: {} },
  },
  required: ['command'],
}
const FIELDS = fieldsOf(SCHEMA)

function read(given: Record<string, string>, before: Record<string, unknown> = {}) {
  const form = Object.fromEntries(
    Object.entries(given).map(([name, text]) => [inputName(name), text]),
  )
  return readOptions(FIELDS, form, before)
}

describe('a form drawn from a JSON Schema', () => {
  it('has a field of the right kind for each option, the required ones first', () => {
    expect(FIELDS.map(({ name, kind }) => [name, kind])).toEqual([
      ['command', 'lines'],
      ['cwd', 'text'],
      ['secret', 'secret'],
      ['seconds', 'number'],
      ['isOn', 'boolean'],
      ['mode', 'choice'],
      ['params', 'json'],
      ['limits', 'json'],
    ])
  })

  it('reads what was typed, and nothing of empty fields', () => {
    const typed = {
      ...{ command: 'node\nrun.js', cwd: ' ./app ', seconds: '2.5', isOn: 'false', mode: 'b' },
      ...{ params: '["branch"]', limits: '', secret: 'hush' },
    }
    expect(read(typed)).toEqual({
      options: {
        ...{ command: ['node', 'run.js'], cwd: './app', seconds: 2.5, isOn: false, mode: 'b' },
        ...{ params: ['branch'], secret: 'hush' },
      },
      faults: [],
    })
  })

  it('keeps a secret whose field is empty, and never shows one', () => {
    const masked = { masked: true }
    expect(read({}, { secret: masked, cwd: './old' }).options).toEqual({ secret: masked })
    const field = FIELDS.find(({ name }) => name === 'secret')
    expect(field && fieldText(field, 'hush')).toBe('')
    expect(field && fieldText(field, { env: 'NAME' })).toBe('{"env":"NAME"}')
  })

  it('takes references in place of values', () => {
    const reference = { env: 'NAME' }
    const text = JSON.stringify(reference)
    const { options, faults } = read({
      cwd: text,
      secret: text,
      seconds: text,
      command: `[${text}]`,
    })
    expect([options, faults]).toEqual([
      { cwd: reference, secret: reference, seconds: reference, command: [reference] },
      [],
    ])
  })

  it('reports what is no number or no JSON, with the place', () => {
    expect(read({ seconds: 'soon', params: '[', limits: '{"a":' }).faults).toEqual([
      { pointer: '/options/seconds', kind: 'number' },
      { pointer: '/options/params', kind: 'json' },
      { pointer: '/options/limits', kind: 'json' },
    ])
  })

  it('shows each value so that it is read back as it was', () => {
    const options = {
      ...{ command: ['node', 'run.js'], cwd: './app', seconds: 0, isOn: true, mode: 'a' },
      ...{ params: ['x', { name: 'y' }], limits: { cpuSeconds: 3 } },
    }
    const shown = FIELDS.flatMap((field) => {
      const value = options[field.name as keyof typeof options]
      return value === undefined ? [] : [[field.name, fieldText(field, value)] as const]
    })
    expect(read(Object.fromEntries(shown)).options).toEqual(options)
  })

  it('has a field for the secret of a real source', async () => {
    const schema = configJsonSchema(await builtInSources()) as unknown as {
      $defs: Record<string, OptionSchema>
    }
    const github = schema.$defs['source.github']?.properties?.['options'] ?? {}
    expect(fieldsOf(github)[0]).toMatchObject({ name: 'secret', kind: 'secret', isRequired: true })
  })
})
