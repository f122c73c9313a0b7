import {
  brokerFault,
  compileMessage,
  compileTemplate,
  defineExecutor,
  describePublish,
  type HooklineError,
  packageFaults,
  prefixedHeaders,
  publisher,
  publishPermissions,
  valuesOf,
} from '../../../core/sdk/executor.ts'
import { rabbitAddress } from './address.ts'
import { options } from './options.ts'
import { PACKAGES, type RabbitMessage, RabbitSession } from './session.ts'

/** https://www.rabbitmq.com/amqp-0-9-1-reference#domain.shortstr */
const MAX_KEY_BYTES = 255
/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/amqp-protocol-binding.md */
const PREFIX = 'cloudEvents:'

/**
 * Publishes to RabbitMQ by AMQP 0-9-1.
 *
 * - It succeeds when the broker has confirmed the message. The result is `{ id, exchange, routingKey }`.
 * - A message that no queue takes fails (`mandatory`).
 * - The message id is the id of the task. After a lost confirmation, a consumer may see it twice.
 */
export const amqp = defineExecutor({
  name: 'amqp',
  summary: 'Publishes the event to RabbitMQ, with publisher confirms. Needs the package `amqplib`.',
  options,
  check: () => packageFaults(PACKAGES),
  describe: ({ url, exchange, routingKey }) =>
    describePublish('amqp', hostOf(url), exchange, routingKey),
  permissions: ({ url }) => publishPermissions([`amqp:${hostOf(url)}`]),
  create: ({ url, exchange, persistent, confirmSeconds, ...settings }, { name }) => {
    const address = rabbitAddress(url)
    const message = compileMessage(settings)
    const key = compileTemplate(settings.routingKey, { path: 'routingKey' })
    return publisher<RabbitSession, RabbitMessage>({
      name: address.name,
      confirmSeconds,
      make: (run) => {
        const source = valuesOf(run)
        const routingKey = key.fill(source)
        if (Buffer.byteLength(routingKey) > MAX_KEY_BYTES) throw keyTooLong()
        const { id, body, contentType, ...rest } = message(run, source)
        return {
          id,
          exchange,
          routingKey,
          content: Buffer.from(body),
          properties: {
            contentType,
            persistent,
            headers: prefixedHeaders(rest, PREFIX),
            type: `${run.event.source}.${run.event.type}`,
            timestamp: Math.floor(run.event.receivedAt.getTime() / 1000),
          },
        }
      },
      open: () => RabbitSession.open(address, name),
      isOpen: (session) => session.isOpen,
      publish: async (session, sent) => {
        await session.publish(sent)
        return { id: sent.id, exchange, routingKey: sent.routingKey }
      },
      whyLate: (session) => session.whyLate,
      close: (session) => session.close(),
    })
  },
})

/** Host and port; nothing for a `url` that `create` will refuse. */
function hostOf(url: string): string {
  try {
    return rabbitAddress(url).host
  } catch {
    return ''
  }
}

function keyTooLong(): HooklineError {
  const why = `The routing key is longer than ${MAX_KEY_BYTES} bytes.`
  return brokerFault('message_refused', why, { remedy: 'Shorten `routingKey`.' })
}
