import { z } from 'zod'
import { deliveryId, eventId, lookup, name, type Tool } from './tool.ts'

const MAX_LAST = 1000

const on = z.string().min(1).max(500).describe('As `on` of a rule: `github.push`.')
const when = z.string().min(1).max(10_000).describe('A condition in CEL, as `when` of a rule.')

/** Tools that try a draft of a rule. Nothing is changed. */
export const RULE_TOOLS: readonly Tool[] = [
  lookup({
    name: 'evaluate_condition',
    title: 'Try a condition',
    description:
      'Evaluates a condition for a stored or a given event: whether it holds, by its clauses and the values that they read, or where it is wrong.',
    role: 'operator',
    input: z.strictObject({
      condition: when,
      on: on.optional(),
      event: z.union([
        z.strictObject({ delivery: deliveryId, event: eventId.optional() }),
        z.strictObject({
          source: name.optional(),
          type: name,
          facts: z.record(z.string(), z.unknown()).optional(),
          payload: z.unknown().optional(),
        }),
      ]),
    }),
    call: (api, body) => api.send('POST', '/api/conditions/evaluate', body),
  }),
  lookup({
    name: 'backtest_rule',
    title: 'Try a rule on what arrived',
    description:
      'Checks a draft of a rule, tries it on stored events, and compares it with the rule in force of its name: which events it would gain or lose.',
    role: 'operator',
    input: z.strictObject({
      rule: z.strictObject({
        name: name.optional().describe('Of the rule in force to compare with.'),
        on,
        when: when.optional().describe('Absent: always true.'),
        run: z.array(name).optional().describe('Names of programs.'),
      }),
      last: z.int().min(1).max(MAX_LAST).default(100).describe('How many events to try.'),
    }),
    call: (api, body) => api.send('POST', '/api/config/rules/backtest', body),
  }),
]
