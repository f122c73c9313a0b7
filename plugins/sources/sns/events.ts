import { type EventTable, fact, valueAt } from '../../../core/index.ts'

/** What SNS sends to a subscriber. */
export const EVENTS: EventTable = {
  '*': {
    description: 'Every message of SNS.',
    facts: {
      topic: fact('string', 'Name of the topic', (payload) =>
        String(valueAt(payload, 'TopicArn')).split(':').at(-1),
      ),
      topic_arn: fact('string', 'ARN of the topic', 'TopicArn'),
      message_id: fact('string', 'Id of the message', 'MessageId'),
      time: fact('string', 'When it was published', 'Timestamp'),
    },
  },
  notification: {
    description: 'A message was published to the topic.',
    facts: {
      subject: fact('string', 'Its subject', 'Subject'),
      message: fact('string', 'Its text', 'Message'),
    },
  },
  subscription_confirmation: {
    description: 'SNS asked whether this subscription is wanted.',
    facts: {},
  },
  unsubscribe_confirmation: { description: 'The subscription was ended.', facts: {} },
}
