import { z } from 'zod'
import { ruleSchema } from '../../config/schema/config.ts'
import { nameSchema } from '../../config/schema/name.ts'
import type { ErrorCode } from '../../errors/errors.ts'
import { managedSchema } from '../../settings/managed.ts'
import { PART_KINDS, type PartKind } from '../config/part-kinds.ts'
import { changeQuery } from '../config/routes.ts'
import { type Operation, ok, operations, time } from './operation.ts'

export const origin = z
  .strictObject({
    layer: z.enum(['config', 'drop-in', 'managed']),
    file: z
      .string()
      .nullable()
      .describe('Path relative to the folder of the config; null if it is managed.'),
  })
  .meta({ id: 'Origin' })

const shared = {
  name: z.string(),
  origin,
  version: z.int().nullable().describe('The ETag as a number; null if it is in a file.'),
  changedAt: time.nullable(),
}

const options = z
  .record(z.string(), z.unknown())
  .describe(
    'As the schema of the plugin defines them, see `GET /api/config/schema`. Secrets are `{ "masked": true }`. Write `{ "generate": true }` for a random one.',
  )

const { on, run } = ruleSchema.shape
/** What a rule answers. */
export const ruleAnswer = ruleSchema.shape.answer.unwrap().meta({ id: 'RuleAnswer' }).optional()

const approval = z
  .strictObject({
    by: z.array(z.string()).optional(),
    timeout: z.string().optional().describe('Such as `24h`; default `1d`.'),
    link: z.boolean().optional().describe('Whether a signed link may approve, too.'),
  })
  .meta({ id: 'ApprovalForm' })
  .optional()
  .describe('A person has to let each task run.')

const then = z
  .array(
    z.union([
      z.string(),
      z
        .strictObject({
          run: z.string(),
          params: z.array(z.unknown()).optional(),
          when: z.string().optional(),
          approval,
        })
        .meta({ id: 'Step' }),
    ]),
  )
  .optional()
  .describe('Programs that run after the one of `run` has succeeded, one after the other.')

const ruleShape = {
  on: z.string(),
  when: z.string().optional().describe('A CEL expression. Absent: always true.'),
  run: z.union([z.string(), z.array(z.string())]),
  then,
  approval,
  answer: ruleAnswer,
}

const programForm = z.strictObject({ ...shared, use: z.string(), options })
const program = programForm.meta({ id: 'ConfigProgram' })
const webhook = programForm.extend({ url: z.string() }).meta({ id: 'ConfigWebhook' })
const rule = z.strictObject({ ...shared, ...ruleShape }).meta({ id: 'ConfigRule' })

const NAMES = { webhooks: 'ConfigWebhook', programs: 'ConfigProgram', rules: 'ConfigRule' } as const
const VIEWS = { webhooks: webhook, programs: program, rules: rule } as const

const use = { use: z.string().min(1).describe('Name of the plugin.'), options: options.optional() }

const PLUGIN_FORMS = formsOf('ConfigPlugin', use)
const FORMS = {
  webhooks: PLUGIN_FORMS,
  programs: PLUGIN_FORMS,
  rules: formsOf('ConfigRule', {
    on,
    when: z.string().min(1).optional(),
    run,
    then,
    approval,
    answer: ruleAnswer,
  }),
} as const

/** What creates a part, and what replaces one. */
function formsOf(name: string, shape: z.ZodRawShape) {
  return {
    new: z.strictObject({ ...shape, name: nameSchema }).meta({ id: `New${name}` }),
    replaced: z.strictObject({ ...shape, name: nameSchema.optional() }).meta({ id: `${name}Form` }),
  }
}

const outcome = {
  dryRun: z.boolean(),
  fault: z.string().nullable().describe('Why it is stored but not in force.'),
  warnings: z.array(z.string()).describe('Warnings of the whole config.'),
}

const deleted = z.strictObject({ name: z.string(), ...outcome }).meta({ id: 'DeletedConfigPart' })

const generated = z
  .record(z.string(), z.string())
  .describe(
    'Secrets that were generated for `{ "generate": true }`, by JSON pointers. They are shown only here.',
  )

const IF_MATCH = { name: 'If-Match', description: 'The ETag of the current version, or `*`.' }
const IF_NONE_MATCH = { name: 'If-None-Match', description: '`*` to create a part.' }
const ETAG = { ETag: 'The version.' }
const CHANGES: readonly ErrorCode[] = ['config_from_file', 'config_busy']
const FORM_CHANGES: readonly ErrorCode[] = [...CHANGES, 'config_refused', 'config_not_managed']
const CONDITIONS: readonly ErrorCode[] = [
  'config_changed',
  'precondition_missing',
  'config_unknown',
]

export const CONFIG_OPERATIONS: readonly Operation[] = [
  ...operations('Config', {
    'GET /api/config': {
      id: 'getConfig',
      summary: 'Shows the config: parts from files and managed parts.',
      role: 'viewer',
      answers: ok(
        'The whole config, without its secrets.',
        z.strictObject({
          version: z.string().describe('Version of the config in force on this node.'),
          revision: z.int().describe('Revision of the newest managed change.'),
          fault: z.string().nullable().describe('Why the newest change is not in force.'),
          publicUrl: z.string().describe('Where senders reach this service.'),
          managed: managedSchema,
          webhooks: z.array(webhook),
          programs: z.array(program),
          rules: z.array(rule),
        }),
      ),
    },
    'GET /api/config/schema': {
      id: 'getConfigSchema',
      summary: 'Gives the JSON Schema of the config, with all plugins.',
      role: 'viewer',
      answers: ok('The schema.', z.looseObject({ $schema: z.string() })),
    },
  }),
  ...PART_KINDS.flatMap(partOperations),
]

function partOperations({ plural, word }: PartKind): readonly Operation[] {
  const view = VIEWS[plural]
  const forms = FORMS[plural]
  const path = `/api/config/${plural}`
  const name = NAMES[plural]
  const changed = {
    description: `The ${word}.`,
    schema: view.extend({ ...outcome, generated }).meta({ id: `Changed${name}` }),
    headers: ETAG,
  }
  const created = { ...changed, headers: { ...ETAG, Location: `Path of the ${word}.` } }
  return operations('Config', {
    [`GET ${path}`]: {
      id: `list${name}s`,
      summary: `Lists all ${plural}.`,
      role: 'viewer',
      answers: ok(`All ${plural}.`, z.strictObject({ [plural]: z.array(view) })),
    },
    [`POST ${path}`]: {
      id: `create${name}`,
      summary: `Creates a ${word}.`,
      role: 'admin',
      query: changeQuery,
      body: forms.new,
      problems: [...FORM_CHANGES, 'config_exists'],
      answers: {
        200: { ...changed, description: `In a dry run: the ${word} as it would be.`, headers: {} },
        201: created,
      },
    },
    [`GET ${path}/:name`]: {
      id: `get${name}`,
      summary: `Shows a ${word}.`,
      role: 'viewer',
      problems: ['config_unknown'],
      answers: { 200: { description: `The ${word}.`, schema: view, headers: ETAG } },
    },
    [`PUT ${path}/:name`]: {
      id: `put${name}`,
      summary: `Replaces or creates a ${word}.`,
      role: 'admin',
      query: changeQuery,
      headers: [IF_MATCH, IF_NONE_MATCH],
      body: forms.replaced,
      problems: [...FORM_CHANGES, ...CONDITIONS],
      answers: { 200: changed, 201: created },
    },
    [`DELETE ${path}/:name`]: {
      id: `delete${name}`,
      summary: `Deletes a ${word}.`,
      role: 'admin',
      query: changeQuery,
      headers: [IF_MATCH],
      problems: [...CHANGES, ...CONDITIONS, 'config_refused', 'config_in_use'],
      answers: ok(`The ${word} is deleted.`, deleted),
    },
  })
}
