import { z } from 'zod'
import { catalogOf, defineSource } from '../../../core/index.ts'
import { fetchText } from './amazon.ts'
import { createSns } from './create.ts'
import { EVENTS } from './events.ts'

const topic = () =>
  z
    .string()
    .regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]{1,256}$/, 'must be the ARN of a topic')

/** Messages of AWS SNS topics. SNS signs with a certificate that is fetched from it, so `topics` says whose are taken. */
export const sns = defineSource({
  name: 'sns',
  summary: 'Messages of AWS SNS topics.',
  documentation: 'https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html',
  options: z.object({
    topics: z
      .union([topic(), z.array(topic()).min(1)])
      .transform((value): readonly string[] => [value].flat())
      .describe('ARNs of the topics whose messages are taken.'),
    confirm: z
      .boolean()
      .default(true)
      .describe('Confirm subscriptions to these topics by calling SNS.'),
    unwrap: z
      .boolean()
      .default(false)
      .describe('Take the JSON inside of `Message` for the payload of a notification.'),
  }),
  events: catalogOf(EVENTS),
  create: createSns(fetchText),
})
