import {
  defineExecutor,
  describePublish,
  packageFaults,
  publisher,
  publishPermissions,
} from '../../../core/sdk/executor.ts'
import { natsAddress } from './address.ts'
import { type NatsMessage, natsMessages } from './message.ts'
import { options } from './options.ts'
import { NatsSession, PACKAGES } from './session.ts'

/** Longer than the run waits, which then says why. */
const LONGER = 1000

/**
 * Publishes to a stream of NATS JetStream.
 *
 * - It succeeds when the stream has the message. The result is `{ id, subject, stream, sequence, duplicate }`.
 * - `Nats-Msg-Id` is the id of the task, so that a stream keeps a message once, within its duplicate window.
 */
export const nats = defineExecutor({
  name: 'nats',
  summary:
    'Publishes the event to a stream of NATS JetStream. Needs the packages `@nats-io/transport-node` and `@nats-io/jetstream`.',
  options,
  check: () => packageFaults(PACKAGES),
  describe: ({ url, subject }) => describePublish('nats', ...hostsOf(url), subject),
  permissions: ({ url }) => publishPermissions(hostsOf(url).map((host) => `nats:${host}`)),
  create: (settings, { name }) => {
    const address = natsAddress(settings.url)
    const { confirmSeconds, credentials } = settings
    return publisher<NatsSession, NatsMessage>({
      name: address.name,
      confirmSeconds,
      make: natsMessages(settings),
      open: () => NatsSession.open(address, name, credentials),
      isOpen: (session) => session.isOpen,
      publish: async (session, message) => {
        const { id, subject } = message
        return { id, subject, ...(await session.publish(message, confirmSeconds * 1000 + LONGER)) }
      },
      close: (session) => session.close(),
    })
  },
})

/** Host and port of each; none for a `url` that `create` will refuse. */
function hostsOf(url: readonly string[]): readonly string[] {
  try {
    return natsAddress(url).hosts
  } catch {
    return []
  }
}
