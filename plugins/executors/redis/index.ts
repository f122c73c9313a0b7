import {
  brokerFault,
  compileMessage,
  compileTemplate,
  defineExecutor,
  describePublish,
  HooklineError,
  packageFaults,
  prefixedHeaders,
  publisher,
  publishPermissions,
  redisServer,
  valuesOf,
} from '../../../core/sdk/executor.ts'
import { options } from './options.ts'
import { PACKAGES, RedisSession, type StreamEntry } from './session.ts'

const PREFIX = 'ce_'
/** Fields that every entry has. */
const OWN_FIELDS = ['id', 'content-type', 'body']

/**
 * Adds the event to a Redis stream.
 *
 * - It succeeds when the server has the entry. The result is `{ id, stream, entry }`.
 * - An entry has the fields `id` (the id of the task), `content-type` and `body`, and the headers.
 * - After a lost reply, the entry may be there twice, unless `dedupSeconds` is set.
 */
export const redis = defineExecutor({
  name: 'redis',
  summary: 'Adds the event to a Redis stream. Needs the package `@redis/client`.',
  options,
  check: () => packageFaults(PACKAGES),
  describe: ({ url, stream }) => describePublish('redis', redisServer.hostOf(url), 'XADD', stream),
  permissions: ({ url }) => publishPermissions([`redis:${redisServer.hostOf(url)}`]),
  create: ({ url, confirmSeconds, ...settings }, { name }) => {
    const address = redisServer.addressOf(url, 'url')
    const { maxLength, create, dedupSeconds = null } = settings
    const taken = OWN_FIELDS.find((field) => Object.hasOwn(settings.headers, field))
    if (taken !== undefined) {
      throw new HooklineError('option_invalid', `\`headers.${taken}\` is set by Hookline`)
    }
    const message = compileMessage(settings)
    const key = compileTemplate(settings.stream, { path: 'stream' })
    const words = [
      ...(create ? [] : ['NOMKSTREAM']),
      ...(maxLength === undefined ? [] : ['MAXLEN', '~', `${maxLength}`]),
    ]
    return publisher<RedisSession, StreamEntry>({
      name: address.name,
      confirmSeconds,
      make: (run) => {
        const source = valuesOf(run)
        const { id, body, contentType, ...rest } = message(run, source)
        const stream = key.fill(source)
        if (stream === '') throw noStream()
        const fields = { ...prefixedHeaders(rest, PREFIX), id, 'content-type': contentType, body }
        return { id, stream, fields, words, dedupSeconds }
      },
      open: (signal) => RedisSession.open(address, name, signal),
      isOpen: (session) => session.isOpen,
      publish: async (session, entry) => {
        const { id, stream } = entry
        return { id, stream, entry: await session.add(entry) }
      },
      close: (session) => session.close(),
    })
  },
})

function noStream(): HooklineError {
  const remedy = 'Correct `stream`, or add a condition to the rule that keeps such values out.'
  return brokerFault('message_refused', 'The key of the stream is empty.', { remedy })
}
