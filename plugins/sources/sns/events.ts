import type { EventTable } from '../../../core/sdk/source.ts'

/** The messages that SNS sends to a subscriber. */
export const EVENTS = {
  '*': {
    description: 'Every message of SNS.',
    facts: {
      topic: ['string', 'Name of the topic', ({ TopicArn }) => String(TopicArn).split(':').at(-1)],
      topic_arn: ['string', 'ARN of the topic', 'TopicArn'],
      message_id: ['string', 'Id of the message', 'MessageId'],
      time: ['string', 'Time of publication', 'Timestamp'],
    },
  },
  notification: {
    description: 'A message was published to the topic.',
    facts: {
      subject: ['string', 'Its subject', 'Subject'],
      message: ['string', 'Its text', 'Message'],
    },
  },
  subscription_confirmation: 'SNS asked to confirm the subscription.',
  unsubscribe_confirmation: 'The subscription was removed.',
} satisfies EventTable
