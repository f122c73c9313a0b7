import {
  brokerFault,
  compileMessage,
  compileTemplate,
  defineExecutor,
  describePublish,
  HooklineError,
  type ProgramRun,
  packageFaults,
  prefixedHeaders,
  publisher,
  publishPermissions,
  valuesOf,
} from '../../../core/sdk/executor.ts'
import { type KafkaOptions, options } from './options.ts'
import { type KafkaRecord, KafkaSession, PACKAGES } from './session.ts'

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md */
const PREFIX = 'ce_'
const CONTENT_TYPE = 'content-type'
/** https://github.com/apache/kafka/blob/trunk/clients/src/main/java/org/apache/kafka/common/internals/Topic.java */
const TOPIC = /^(?!\.{1,2}$)[\w.-]{1,249}$/

/**
 * Publishes to a topic of Apache Kafka.
 *
 * - It succeeds when all replicas in sync have the message (`acks=all`). The result is `{ id, topic, partition, offset }`.
 * - Within an attempt the producer is idempotent. A later attempt, after a lost confirmation, may double the message.
 */
export const kafka = defineExecutor({
  name: 'kafka',
  summary:
    'Publishes the event to a topic of Apache Kafka. Needs the package `@platformatic/kafka`.',
  options,
  check: () => packageFaults(PACKAGES),
  describe: ({ brokers, topic }) => describePublish('kafka', ...brokers, topic),
  permissions: ({ brokers }) => publishPermissions(brokers.map((broker) => `kafka:${broker}`)),
  create: (settings, { name: program }) => {
    const name = `Kafka at ${settings.brokers[0]}`
    return publisher<KafkaSession, KafkaRecord>({
      name,
      confirmSeconds: settings.confirmSeconds,
      make: compileRecord(settings),
      open: (signal) => KafkaSession.open(name, program, settings, signal),
      isOpen: (session) => session.isOpen,
      publish: async (session, record) => {
        const { id, topic } = record
        return { id, topic, ...(await session.send(record)) }
      },
      close: (session) => session.close(),
    })
  },
})

function compileRecord(settings: KafkaOptions): (run: ProgramRun) => KafkaRecord {
  const message = compileMessage(settings)
  const topicOf = compileTemplate(settings.topic, { path: 'topic' })
  const keyOf = settings.key === undefined ? null : compileTemplate(settings.key, { path: 'key' })
  if (Object.keys(settings.headers).some((name) => name.toLowerCase() === CONTENT_TYPE)) {
    throw new HooklineError('option_invalid', `\`headers.${CONTENT_TYPE}\` is set by Hookline`)
  }
  return (run) => {
    const source = valuesOf(run)
    const topic = topicOf.fill(source)
    if (!TOPIC.test(topic)) throw noTopic(topic)
    const made = message(run, source)
    const headers = { [CONTENT_TYPE]: made.contentType, ...prefixedHeaders(made, PREFIX) }
    return { id: made.id, topic, key: keyOf?.fill(source) ?? null, body: made.body, headers }
  }
}

function noTopic(topic: string): HooklineError {
  const why = `${JSON.stringify(topic.slice(0, 300))} is no name of a topic.`
  const remedy = 'Correct `topic`, or add a condition to the rule that keeps such values out.'
  return brokerFault('message_refused', why, { remedy })
}
