import { HooklineError } from '../../../errors/errors.ts'
import { type BrokerMessage, prefixedHeaders } from '../message.ts'

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html */
const NAME = /^(?!(?:aws|amazon)\.)(?!\.)(?!.*\.\.)[\w.-]{1,256}(?<!\.)$/i
const OWN = 'content-type'
/** For the attributes of CloudEvents in binary mode. */
const PREFIX = 'ce_'

/** An attribute of a message. */
interface TextAttribute {
  readonly DataType: 'String'
  readonly StringValue: string
}

/** Checks the names of `headers`, which become attributes. Throws `option_invalid`. */
export function checkHeaderNames(headers: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(headers)) {
    const why =
      name.toLowerCase() === OWN
        ? 'is set by Hookline'
        : NAME.test(name)
          ? null
          : 'is no name of a message attribute'
    if (why !== null) throw new HooklineError('option_invalid', `\`headers.${name}\` ${why}`)
  }
}

/** The attributes of a message. An empty one is not allowed there, and is left out. */
export function attributesOf(message: BrokerMessage): Readonly<Record<string, TextAttribute>> {
  const all = { [OWN]: message.contentType, ...prefixedHeaders(message, PREFIX) }
  return Object.fromEntries(
    Object.entries(all)
      .filter(([, text]) => text !== '')
      .map(([name, text]) => [name, { DataType: 'String', StringValue: text }]),
  )
}
