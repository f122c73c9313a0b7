import { z } from 'zod'
import { VALUE_TYPES } from '../../trial/clause-views.ts'
import { evaluateBody } from '../conditions/body.ts'
import { backtestBody } from '../config/backtest.ts'
import { casesRunBody } from '../config/cases.ts'
import { explainQuery } from '../http/query.ts'
import { ruleAnswer } from './config-operations.ts'
import { decisionSchema, decisionShape, deliveryShape, eventShape } from './delivery-operations.ts'
import { faultSchema, type Operation, ok, operations, time } from './operation.ts'

const value = z
  .strictObject({
    name: z.string().describe('As a condition would write it: `payload.commits[0].id`.'),
    type: z.enum(VALUE_TYPES).describe('`hidden`: a payload is not shown to a viewer.'),
    value: z.string().nullable().describe('JSON without secrets, cut to 200 characters.'),
  })
  .meta({ id: 'Value' })

const clauseShape = {
  op: z
    .enum(['and', 'or', 'not'])
    .nullable()
    .describe('How `clauses` are joined; null: it is not split any further.'),
  text: z.string(),
  start: z.int().describe('Position of its first character in the condition, from 0.'),
  end: z.int().describe('The position behind it.'),
  outcome: z
    .enum(['true', 'false', 'error', 'skipped'])
    .describe('`skipped`: not evaluated, since others had decided.'),
  decisive: z.boolean().describe('Whether it decided the outcome, alone or with others.'),
  error: z.string().nullable(),
  values: z.array(value).describe('What it reads of the event.'),
}

interface ClauseSchema extends z.ZodType {}

const clause: ClauseSchema = z
  .strictObject({ ...clauseShape, clauses: z.array(z.lazy((): ClauseSchema => clause)) })
  .meta({ id: 'Clause' })

const range = {
  start: z.int().nullable().describe('The part that is wrong; null: the whole, or not known.'),
  end: z.int().nullable().describe('The position behind it.'),
}

const facts = z.record(z.string(), z.unknown())
const faultShape = { ...faultSchema.shape, ...range }
const fault = z.strictObject(faultShape).meta({ id: 'ConditionFault' })

const evaluatedCondition = z
  .strictObject({
    outcome: z.enum(['true', 'false', 'error', 'invalid']),
    error: z.string().nullable().describe('Why it cannot be evaluated for this event.'),
    faults: z.array(fault).describe('Why it is invalid for every event.'),
    clauses: clause.nullable(),
  })
  .meta({ id: 'EvaluatedCondition' })

const param = z.strictObject({
  value: z.string().nullable().describe('Cut to 10,000 characters. Secrets are masked.'),
  error: faultSchema.nullable(),
})

const triedShape = {
  event: z.string(),
  delivery: z.string(),
  source: z.string(),
  type: z.string(),
  receivedAt: time,
  facts: facts.describe('Texts are cut to 200 characters.'),
}
const tried = z
  .array(z.strictObject(triedShape).meta({ id: 'TriedEvent' }))
  .describe('Newest first, 100 at most.')

const backtestShape = {
  partial: z.boolean().describe('Whether it ended early, after 5 seconds or 5000 deliveries.'),
  tried: z.strictObject({
    deliveries: z.int(),
    events: z.int(),
    since: time.nullable(),
    until: time.nullable(),
  }),
  counts: z.strictObject({
    gained: z.int().describe('Events that only the draft matches.'),
    lost: z.int().describe('Events that only the rule in force matches.'),
    same: z.int().describe('Events that both match.'),
    neither: z.int().describe('Events that none matches.'),
    errors: z.int().describe('Events for which the draft cannot be evaluated.'),
  }),
  gained: tried,
  lost: tried,
  same: tried,
  errors: z.array(z.strictObject({ ...triedShape, error: z.string() })),
}

const rule = z
  .strictObject({
    rule: z.string(),
    program: z.string(),
    decision: decisionSchema
      .nullable()
      .describe('When the event arrived. Null: no such rule then.'),
    current: z
      .strictObject(decisionShape)
      .omit({ rule: true, program: true, taskId: true })
      .extend({ condition: z.string().nullable(), clauses: clause.nullable() })
      .nullable()
      .describe('By the config in force. Null: no such rule now.'),
    changed: z
      .boolean()
      .nullable()
      .describe('Whether `on` or the condition has changed since; null: not known.'),
  })
  .meta({ id: 'RuleExplanation' })

const { rule: draftSchema } = backtestBody.shape
const draft = draftSchema.extend({ answer: ruleAnswer }).describe(draftSchema.description ?? '')

const caseName = {
  file: z.string().describe('Its path, relative to the folder of the config.'),
  name: z.string().describe('As the case says; default: the name of the file.'),
}

const verdict = z
  .strictObject({
    ...caseName,
    state: z
      .enum(['passed', 'failed', 'skipped'])
      .describe('`skipped`: only the sender can sign it, or the time was over.'),
    seconds: z.number(),
    differences: z
      .array(z.string())
      .describe('What differs, or why it was skipped, in words. Without secrets.'),
  })
  .meta({ id: 'CaseVerdict' })

export const TRIAL_OPERATIONS: readonly Operation[] = [
  ...operations('Deliveries', {
    'GET /api/deliveries/:id/explain': {
      id: 'explainDelivery',
      summary: 'Shows a delivery, with the clauses of each rule and the values that they read.',
      role: 'viewer',
      query: explainQuery,
      problems: ['delivery_unknown', 'event_unknown', 'overloaded'],
      answers: ok(
        'The delivery.',
        z.strictObject({
          ...deliveryShape,
          events: z.array(
            z.strictObject({
              ...eventShape,
              rules: z
                .array(rule)
                .nullable()
                .describe('Null: beyond the first 100 events. Ask with `event`.'),
            }),
          ),
        }),
      ),
    },
  }),
  ...operations('Rules', {
    'POST /api/conditions/evaluate': {
      id: 'evaluateCondition',
      summary: 'Evaluates a condition and params for a stored or a given event.',
      role: 'operator',
      body: evaluateBody.meta({ id: 'Trial' }),
      problems: ['delivery_unknown', 'event_unknown', 'overloaded'],
      answers: ok(
        'What became of them.',
        z.strictObject({
          event: z.strictObject({ id: z.string(), source: z.string(), type: z.string(), facts }),
          covered: z.boolean().describe('Whether `on` covers the event.'),
          condition: evaluatedCondition.nullable(),
          params: z.record(z.string(), param),
        }),
      ),
    },
    'POST /api/config/rules/backtest': {
      id: 'backtestRule',
      summary: 'Tries a draft of a rule on stored events, and compares it with the rule in force.',
      role: 'operator',
      body: backtestBody.extend({ rule: draft }).meta({ id: 'BacktestRequest' }),
      problems: ['overloaded'],
      answers: ok(
        'What the draft would match.',
        z.strictObject({
          valid: z.boolean(),
          faults: z
            .array(z.strictObject({ pointer: z.string(), ...faultShape }))
            .describe('Why the draft is not valid; then nothing was tried.'),
          against: z.string().nullable().describe('The rule in force; null: there is none.'),
          ...backtestShape,
        }),
      ),
    },
    'GET /api/config/cases': {
      id: 'listCases',
      summary: 'Lists the cases of `hookline test` in the folder of the config.',
      role: 'viewer',
      answers: ok(
        'The first 200, sorted by file.',
        z.strictObject({
          cases: z.array(
            z
              .strictObject({
                ...caseName,
                fault: z.string().nullable().describe('Why the file is no case; null: it is one.'),
              })
              .meta({ id: 'Case' }),
          ),
          more: z.boolean().describe('Whether there are more.'),
        }),
      ),
    },
    'POST /api/config/cases/run': {
      id: 'runCases',
      summary: 'Runs cases as `hookline test` does, without programs, for 30 seconds at most.',
      role: 'operator',
      body: casesRunBody.meta({ id: 'CasesRun' }),
      problems: ['overloaded', 'config_faulty'],
      answers: ok('What became of each.', z.strictObject({ results: z.array(verdict) })),
    },
  }),
]
