import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { allDefinitions } from '../../../core/config/modules/built-in.ts'
import { configJsonSchema } from '../../../core/config/schema/config-json-schema.ts'
import { CONFIG, ConfigFolder, JSON_CONFIG, PLUGINS } from './config-folder.ts'

const folder = () => new ConfigFolder({ ...PLUGINS, [JSON_CONFIG]: CONFIG })

// Compiled once for all: it is large.
let made: ReturnType<typeof compile> | null = null

function makeSchema() {
  made ??= compile()
  return made
}

async function compile() {
  const definitions = await allDefinitions(await folder().load())
  const schema = configJsonSchema(definitions) as { $defs: Record<string, object> }
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    allErrors: true,
  })
  formats.default(ajv)
  return { definitions, schema, validate: ajv.compile(schema) }
}

describe('the JSON Schema of a config', () => {
  it('is a valid schema, with every plugin in it', async () => {
    const { schema, definitions } = await makeSchema()
    const names = definitions.map(
      ({ kind, name }) => `${kind === 'executor' ? 'program' : kind}.${name}`,
    )
    expect(Object.keys(schema.$defs)).toEqual(expect.arrayContaining(names))
    expect(names).toEqual(
      expect.arrayContaining([
        'source.github',
        'source.bell',
        'program.echo',
        'program.http',
        'store.sqlite',
      ]),
    )
  })

  it.each([
    { config: CONFIG },
    {
      config: {
        sources: { git: { use: 'github', options: { secret: { env: 'X', generate: true } } } },
      },
    },
    {
      config: {
        sources: {
          git: { use: 'github', options: { secret: ['a', { file: 'b' }], allow: ['10.0.0.0/8'] } },
        },
      },
    },
    {
      config: {
        programs: {
          call: {
            use: 'http',
            options: {
              url: 'https://a',
              sign: { secret: 's' },
              body: { json: { a: [1] } },
              timeoutSeconds: { env: 'T' },
            },
          },
        },
      },
    },
    { config: { rules: [{ on: 'bell', when: 'loud', run: ['a', 'b'], answer: { wait: 5 } }] } },
    { config: { port: { env: 'PORT' }, managed: { programs: true }, store: { use: 'sqlite' } } },
    { config: {} },
  ])('takes $config', async ({ config }) => {
    const { validate } = await makeSchema()
    validate(config)
    expect(validate.errors ?? []).toEqual([])
  })

  it.each([
    { config: { sources: { git: { use: 'github', options: {} } } } },
    { config: { sources: { git: { use: 'github', options: { secret: 'x', secrt: 1 } } } } },
    { config: { sources: { git: { use: 'nothing-of-it', options: {} } } } },
    { config: { sources: { 'a b': { use: 'github', options: { secret: 'x' } } } } },
    { config: { programs: { call: { use: 'http', options: { url: 5 } } } } },
    { config: { rules: [{ on: 'bell', run: [] }] } },
    { config: { rules: [{ on: 'bell', run: 'a', when: 5 }] } },
    { config: { prot: 5 } },
    { config: { port: { env: 5 } } },
  ])('refuses $config', async ({ config }) => {
    const { validate } = await makeSchema()
    expect(validate(config)).toBe(false)
  })

  it('marks each secret as one that is never read', async () => {
    const { schema } = await makeSchema()
    const text = JSON.stringify(schema)
    expect(text).not.toContain('hooklineSecret')
    expect(JSON.stringify(schema.$defs['source.github'])).toMatch(
      /"writeOnly":true,"format":"password"/,
    )
    expect(text.match(/"writeOnly":true/g)?.length).toBeGreaterThan(40)
  })
})
