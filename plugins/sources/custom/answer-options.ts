import { z } from 'zod'
import { secrets } from '../../../core/sdk/source.ts'
import { headerName, hmacAlgorithm, hmacForm, path } from './checks.ts'

const location = {
  header: headerName().optional(),
  query: z.string().min(1).optional().describe('A query parameter of the URL.'),
  path: path().optional(),
}

type Place = { readonly [Key in keyof typeof location]?: unknown }

const hasOnePlace = ({ header, query, path: inBody }: Place) =>
  [header, query, inBody].filter((place) => place !== undefined).length === 1
const ONE_PLACE = 'needs one of `header`, `query` and `path`'

const fixed = {
  body: z.string().optional().describe('A fixed text. Default: none.'),
  contentType: z.string().min(1).optional().describe('Type of the text. Default: text/plain.'),
}

/** The answer to every accepted delivery. */
export const acknowledgement = z.strictObject({
  status: z.int().min(200).max(299).default(200),
  ...fixed,
})

/** A request that is answered without being a delivery. */
export const answerRule = z.strictObject({
  method: z.enum(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT']).default('GET'),
  when: z
    .strictObject({
      ...location,
      equals: z.string().optional().describe('What the value must be. Default: any.'),
      secret: secrets()
        .optional()
        .describe('A secret that it must be. A request with another one is refused.'),
    })
    .refine(hasOnePlace, ONE_PLACE)
    .optional()
    .describe('A value that the request must have.'),
  echo: z
    .strictObject(location)
    .refine(hasOnePlace, ONE_PLACE)
    .optional()
    .describe('The challenge of the request: its value is the answer.'),
  hmac: z
    .strictObject({
      ...hmacForm,
      algorithm: hmacAlgorithm().default('sha256'),
      prefix: z.string().optional().describe('What stands before the signature in the answer.'),
    })
    .optional()
    .describe('Answer with the HMAC of the challenge instead of the challenge.'),
  field: z
    .string()
    .min(1)
    .optional()
    .describe('Name of the JSON field in which the answer is. Default: plain text.'),
  echoField: z
    .string()
    .min(1)
    .optional()
    .describe('Name of a further JSON field, for the challenge itself.'),
  status: z.int().min(200).max(299).default(200),
  ...fixed,
})

export type FixedAnswer = z.output<typeof acknowledgement>
export type AnswerRule = z.output<typeof answerRule>
export type Location = {
  readonly [Key in keyof typeof location]?: string | undefined
}
