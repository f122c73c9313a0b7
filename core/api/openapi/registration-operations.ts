import { z } from 'zod'
import { registrationBody } from '../registrations/routes.ts'
import { faultSchema as fault, type Operation, ok, operations, time } from './operation.ts'

const registrationSchema = z
  .strictObject({
    source: z.string(),
    target: z.string().describe('In the words of the provider: `acme/shop`, `org:acme`.'),
    state: z
      .enum(['registered', 'pending', 'faulty', 'removed', 'left'])
      .describe(
        '`removed`: on request, until it is registered again. `left`: neither the config nor a request wants it any more; it may still be at its provider.',
      ),
    addedByHand: z.boolean().describe('By a request: the config does not name it.'),
    id: z.string().nullable().describe('The id at the provider.'),
    url: z.string(),
    events: z.array(z.string()),
    fault: fault
      .extend({ retryAt: time.describe('When it is tried again.') })
      .nullable()
      .describe('Why it could not be registered.'),
    checkedAt: time.nullable().describe('When the provider last showed it as wanted.'),
  })
  .meta({ id: 'Registration' })

const resultSchema = z
  .strictObject({
    source: z.string(),
    target: z.string(),
    action: z.enum(['created', 'updated', 'unchanged', 'removed', 'failed']),
    changes: z.array(z.string()).describe('What differed, a line each.'),
    fault: fault.nullable().describe('Why it failed.'),
  })
  .meta({ id: 'RegistrationResult' })

export const REGISTRATION_OPERATIONS: readonly Operation[] = operations('Registrations', {
  'GET /api/registrations': {
    id: 'listRegistrations',
    summary: 'Lists the webhooks that are registered at their providers.',
    role: 'viewer',
    answers: ok(
      'All registrations.',
      z.strictObject({
        registrations: z.array(registrationSchema),
        open: z
          .array(
            z.strictObject({
              source: z.string(),
              forms: z
                .array(z.string())
                .describe('How targets are written: `owner/repository`, `org:organization`.'),
            }),
          )
          .describe('Sources to which targets can be added.'),
      }),
    ),
  },
  'POST /api/registrations': {
    id: 'changeRegistrations',
    summary:
      'Registers webhooks at their providers now, or removes them. Faults of a provider are in the results.',
    role: 'operator',
    body: registrationBody.meta({ id: 'RegistrationRequest' }),
    problems: ['registration_unknown', 'registration_events', 'overloaded'],
    answers: ok(
      'What was done; by a dry run, what would be.',
      z.strictObject({ results: z.array(resultSchema) }),
    ),
  },
})
