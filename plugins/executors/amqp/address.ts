import { HooklineError } from '../../../core/sdk/executor.ts'

/** Where the broker is. */
export interface RabbitAddress {
  /** For messages: `RabbitMQ at host:port`. */
  readonly name: string
  /** `host:port`. */
  readonly host: string
  readonly vhost: string
  /** As it was given, with its secrets. */
  readonly url: string
}

const PORTS = new Map([
  ['amqp:', '5672'],
  ['amqps:', '5671'],
])

/** Reads `url`. Throws `option_invalid` without showing it. https://www.rabbitmq.com/docs/uri-spec */
export function rabbitAddress(text: string): RabbitAddress {
  const url = URL.canParse(text) ? new URL(text) : null
  const port = PORTS.get(url?.protocol ?? '')
  if (url === null || port === undefined || url.hostname === '') {
    throw invalid('must be `amqps://user:password@host:port/vhost`, or `amqp://…`')
  }
  const path = url.pathname.slice(1)
  if (path.includes('/')) throw invalid('has a virtual host with a `/`: write it as `%2F`')
  const host = `${url.hostname}:${url.port || port}`
  return { name: `RabbitMQ at ${host}`, host, vhost: decode(path) || '/', url: text }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('has a virtual host that is not percent-encoded')
  }
}

function invalid(why: string): HooklineError {
  return new HooklineError('option_invalid', `\`url\` ${why}`)
}
