import { z } from 'zod'
import { managedSchema } from '../../config/managed-schema.ts'
import { nameSchema, ruleSchema } from '../../config/schema.ts'
import type { ErrorCode } from '../../kit/errors.ts'
import { PART_KINDS, type PartKind } from '../config/kinds.ts'
import { changeQuery } from '../config/routes.ts'
import type { Operation } from './operation.ts'
import { time } from './task-operations.ts'

const origin = z.strictObject({
  layer: z.enum(['config', 'drop-in', 'managed']),
  file: z.string().nullable().describe('From the folder of the config; null where it is managed.'),
})

const shared = {
  name: z.string(),
  origin,
  version: z.int().nullable().describe('The ETag, as a number; null where it is in a file.'),
  changedAt: time.nullable(),
}

const options = z
  .record(z.string(), z.unknown())
  .describe(
    'By the schema of the plugin, see GET /api/config/schema; secrets as `{ "masked": true }`.',
  )

const ruleShape = {
  on: z.string(),
  when: z.string().optional().describe('CEL. Absent: always.'),
  run: z.union([z.string(), z.array(z.string())]),
  answer: z
    .union([z.literal(['accepted', 'stream']), z.strictObject({ wait: z.number() })])
    .optional(),
}

const program = z.strictObject({ ...shared, use: z.string(), options })
const webhook = program.extend({ url: z.string() })
const rule = z.strictObject({ ...shared, ...ruleShape })

const VIEWS = { webhooks: webhook, programs: program, rules: rule } as const

const use = { use: z.string().min(1).describe('Name of the plugin.'), options: options.optional() }
const { on, run, answer } = ruleSchema.shape
const FORMS = {
  webhooks: use,
  programs: use,
  rules: { on, when: z.string().min(1).optional(), run, answer },
} as const

const outcome = {
  dryRun: z.boolean(),
  fault: z.string().nullable().describe('Why it is kept, and yet not in force.'),
  warnings: z.array(z.string()).describe('Of the whole config.'),
}

const IF_MATCH = { name: 'If-Match', description: 'ETag of the part, or `*`.' }
const IF_NONE_MATCH = { name: 'If-None-Match', description: '`*`, to make a part by PUT.' }
const ETAG = { ETag: 'The version.' }
const CHANGES: readonly ErrorCode[] = ['config_from_file', 'config_busy']
const FORM_CHANGES: readonly ErrorCode[] = [...CHANGES, 'config_refused', 'config_not_managed']
const CONDITIONS: readonly ErrorCode[] = [
  'config_changed',
  'precondition_missing',
  'config_unknown',
]

const of = (operation: Omit<Operation, 'tag'>): Operation => ({ tag: 'Config', ...operation })

export const CONFIG_OPERATIONS: readonly Operation[] = [
  of({
    ...{ method: 'get', path: '/api/config', role: 'viewer' },
    summary: 'The config: of files, and what is managed.',
    answers: {
      200: {
        description: 'All of it, without its secrets.',
        schema: z.strictObject({
          version: z.string().describe('Of the config in force on this node.'),
          revision: z.int().describe('Of the newest managed change.'),
          fault: z.string().nullable().describe('Why the newest change is not in force.'),
          managed: managedSchema,
          webhooks: z.array(webhook),
          programs: z.array(program),
          rules: z.array(rule),
        }),
      },
    },
  }),
  of({
    ...{ method: 'get', path: '/api/config/schema', role: 'viewer' },
    summary: 'JSON Schema of the config, with every plugin.',
    answers: {
      200: { description: 'The schema.', schema: z.looseObject({ $schema: z.string() }) },
    },
  }),
  ...PART_KINDS.flatMap(partOperations),
]

function partOperations({ plural, word }: PartKind): readonly Operation[] {
  const view = VIEWS[plural]
  const path = `/api/config/${plural}`
  const done = { description: `The ${word}.`, schema: view.extend(outcome), headers: ETAG }
  const form = z.strictObject(FORMS[plural])
  return [
    of({
      ...{ method: 'get', path, role: 'viewer', summary: `All ${plural}.` },
      answers: {
        200: { description: 'All.', schema: z.strictObject({ [plural]: z.array(view) }) },
      },
    }),
    of({
      ...{ method: 'post', path, role: 'admin', query: changeQuery },
      summary: `Makes a ${word}.`,
      body: form.extend({ name: nameSchema }),
      problems: [...FORM_CHANGES, 'config_exists'],
      answers: {
        200: { ...done, description: 'What would be made, in a dry run.', headers: {} },
        201: { ...done, headers: { ...ETAG, Location: 'Its path.' } },
      },
    }),
    of({
      ...{ method: 'get', path: `${path}/:name`, role: 'viewer', summary: `One ${word}.` },
      problems: ['config_unknown'],
      answers: { 200: { description: `The ${word}.`, schema: view, headers: ETAG } },
    }),
    of({
      ...{ method: 'put', path: `${path}/:name`, role: 'admin', query: changeQuery },
      summary: `Changes a ${word}, or makes it.`,
      headers: [IF_MATCH, IF_NONE_MATCH],
      body: form.extend({ name: nameSchema.optional() }),
      problems: [...FORM_CHANGES, ...CONDITIONS],
      answers: { 200: done, 201: { ...done, headers: { ...ETAG, Location: 'Its path.' } } },
    }),
    of({
      ...{ method: 'delete', path: `${path}/:name`, role: 'admin', query: changeQuery },
      summary: `Deletes a ${word}.`,
      headers: [IF_MATCH],
      problems: [...CHANGES, ...CONDITIONS, 'config_refused', 'config_in_use'],
      answers: {
        200: {
          description: 'It is gone.',
          schema: z.strictObject({ name: z.string(), ...outcome }),
        },
      },
    }),
  ]
}
