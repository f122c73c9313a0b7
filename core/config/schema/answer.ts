import { z } from 'zod'
import { templateText } from '../../conditions/template.ts'

/** Longest time that a sender waits for a program. */
const MAX_ANSWER_SECONDS = 300
const MAX_HEADERS = 50
const MAX_BODY_LENGTH = 64 * 1024

const status = z.int().min(200).max(599)
const headers = z
  .record(
    z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header'),
    z.string().regex(/^[\x20-\x7e\t]*$/, 'must be printable ASCII'),
  )
  .refine((given) => Object.keys(given).length <= MAX_HEADERS, `must be ${MAX_HEADERS} at most`)

const templated = {
  status: status.optional(),
  headers: headers.optional(),
  body: templateText().optional(),
}

/** What a rule answers. */
export const ruleAnswerSchema = z.union(
  [
    z.literal(['accepted', 'stream']),
    z
      .strictObject({
        ...templated,
        wait: z.number().min(1).max(MAX_ANSWER_SECONDS).optional(),
        output: z.enum(['result', 'stdout', 'all']).optional(),
        exitCodes: z.record(z.string().regex(/^\d{1,3}$/), status).optional(),
        failed: z.strictObject(templated).optional(),
        late: z.strictObject(templated).optional(),
      })
      .refine(
        ({ wait, output, exitCodes, failed, late }) =>
          wait !== undefined || !(output ?? exitCodes ?? failed ?? late),
        'needs `wait`: only then is the end of the task known',
      ),
  ],
  {
    error:
      "must be 'accepted', 'stream' or { wait?: seconds from 1 to 300, status?, headers?, body?, … }",
  },
)

/** What a source answers by itself. */
export const sourceAnswersSchema = z.strictObject({
  unmatched: answerOf('an accepted delivery that no rule matches', 200).optional(),
  refused: answerOf('a sender that could not be verified', 401).optional(),
})

function answerOf(what: string, usual: number) {
  return z
    .strictObject({
      status: status.default(usual),
      headers: headers.optional(),
      body: z.string().max(MAX_BODY_LENGTH).optional(),
    })
    .describe(`The answer to ${what}: \`{ status, headers, body }\`.`)
}
