import { z } from 'zod'
import { testBody } from '../sources/test-delivery.ts'
import { origin } from './config-operations.ts'
import { type Operation, ok, operations, time } from './operation.ts'
import { taskSummarySchema } from './task-operations.ts'

const url = z.url().nullable()

const sourceShape = {
  name: z.string(),
  plugin: z.string().nullable().describe("Null for `hookline`, which is Hookline's own events."),
  sender: z.string().nullable().describe('The sender, where the options name one by a preset.'),
  summary: z.string().describe('What the plugin does.'),
  documentation: url.describe("The sender's page about how it signs."),
  setup: z.string().nullable().describe('Where its sender is given the URL and the secret.'),
  url: url.describe('Where its sender delivers; null: it has none.'),
  next: time.nullable().describe('When a schedule has its next event.'),
  origin: origin.nullable(),
  unverified: z.boolean().describe('Whether its options let anybody deliver.'),
  signs: z.boolean().describe('Whether `hookline send` can sign for it.'),
  rules: z.array(z.string()).describe('IDs of the rules on it.'),
}

const sourceSchema = z.strictObject(sourceShape).meta({ id: 'Source' })

const events = z
  .array(
    z.strictObject({
      type: z.string().describe('`*`: the source has events of any type.'),
      description: z.string(),
      facts: z.array(
        z.strictObject({
          name: z.string(),
          type: z.enum(['string', 'number', 'boolean']),
          description: z.string(),
        }),
      ),
    }),
  )
  .describe('The types that the plugin documents. Others may arrive too.')

const pluginSchema = z
  .strictObject({
    kind: z.enum(['source', 'program', 'store', 'tunnel']),
    name: z.string(),
    summary: z.string(),
    documentation: url,
    manageable: z.boolean().describe('Whether the API can create a part that uses it.'),
    events: z.array(z.string()).describe('The event types that a source documents.'),
    hasSender: z.boolean().describe('Whether somebody sends what the source takes.'),
    setup: z.string().nullable().describe('Of a source: where its sender is given URL and secret.'),
    needs: z
      .array(
        z.strictObject({
          name: z.string(),
          description: z.string(),
          secret: z.boolean(),
          list: z.boolean().describe('Whether its value is a list.'),
          generated: z
            .boolean()
            .describe('Whether the receiver chooses it, so that it can be generated.'),
        }),
      )
      .describe('Of a source: the options to begin with.'),
    presets: z
      .array(
        z.strictObject({
          name: z.string(),
          title: z.string(),
          documentation: z.url(),
          setup: z.string(),
          generated: z.boolean().describe('Whether the receiver chooses the secret.'),
        }),
      )
      .describe(
        'Of a source: senders for which `preset`, one of these names, and `secret` are enough.',
      ),
  })
  .meta({ id: 'Plugin' })

export const SOURCE_OPERATIONS: readonly Operation[] = operations('Sources', {
  'GET /api/plugins': {
    id: 'listPlugins',
    summary: 'Lists the plugins that a config can use.',
    role: 'viewer',
    answers: ok('All plugins.', z.strictObject({ plugins: z.array(pluginSchema) })),
  },
  'POST /api/sources/:name/test': {
    id: 'testSource',
    summary: 'Signs a test delivery with the secret of the source, and receives it.',
    role: 'operator',
    body: testBody.meta({ id: 'TestDelivery' }),
    problems: ['source_unknown', 'source_cannot_sign', 'rate_limited', 'overloaded'],
    answers: ok(
      'What became of it.',
      z.strictObject({
        outcome: z
          .enum(['accepted', 'duplicate', 'answered', 'refused'])
          .describe('`answered`: the source answered by itself, and nothing was stored.'),
        sent: z.strictObject({ event: z.string(), path: z.string() }),
        delivery: z.string().nullable(),
        event: z.string().nullable(),
        events: z.array(z.string()).optional().describe('All events, if there are several.'),
        tasks: z.array(taskSummarySchema),
        reason: z.string().nullable().describe('Why it was refused.'),
      }),
    ),
  },
  'GET /api/sources': {
    id: 'listSources',
    summary: 'Lists the sources in force.',
    role: 'viewer',
    answers: ok('All sources.', z.strictObject({ sources: z.array(sourceSchema) })),
  },
  'GET /api/sources/:name': {
    id: 'getSource',
    summary: 'Shows a source with its event types and their facts.',
    role: 'viewer',
    problems: ['source_unknown'],
    answers: ok(
      'The source.',
      z.strictObject({ ...sourceShape, events }).meta({ id: 'SourceDetail' }),
    ),
  },
})
