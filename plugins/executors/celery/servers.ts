import { HooklineError } from '../../../core/sdk/executor.ts'

/** A broker or a result backend. */
export interface Server {
  /** For messages, without secrets: `redis://cache:6379`. */
  readonly name: string
  /** Host and port, or the path of a file. */
  readonly place: string
  readonly scheme: string
}

/** Both servers of a program. */
export interface Servers {
  readonly broker: Server
  readonly backend: Server
}

/** Nobody else sees what these keep. */
const OF_ONE_PROCESS = new Set(['rpc', 'amqp', 'memory', 'cache+memory', 'in-memory', 'disabled'])
/** Brokers that find out a second message of one task. */
const REDIS = new Set(['redis', 'rediss', 'redis+socket', 'sentinel'])

/** Reads the URLs. Throws `option_invalid` without showing them. */
export function serversOf({ broker, backend }: Record<keyof Servers, string>): Servers {
  const servers = { broker: serverOf(broker, 'broker'), backend: serverOf(backend, 'backend') }
  const { scheme } = servers.backend
  if (OF_ONE_PROCESS.has(scheme)) {
    const why = `\`backend\` is ${scheme}, whose results other processes do not see`
    throw new HooklineError('option_invalid', why, {
      remedy: 'Give the workers a result backend such as Redis or a database, and name it here.',
    })
  }
  return servers
}

/** Whether the broker sends a task once, however often it is handed over. */
export function sendsOnce({ broker }: Servers): boolean {
  return REDIS.has(broker.scheme)
}

// Celery's URLs are not always those of a standard: `db+sqlite:///file`, several with `;` between them.
function serverOf(text: string, option: string): Server {
  const [first = ''] = text.split(';')
  const parts = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(first)
  if (parts === null) {
    throw new HooklineError(
      'option_invalid',
      `\`${option}\` must be a URL: \`redis://host:6379/0\``,
    )
  }
  const [, scheme = '', rest = ''] = parts
  const [before = ''] = rest.split(/[?#]/)
  const address = before.slice(before.lastIndexOf('@') + 1)
  const place = address.startsWith('/') ? address : (address.split('/')[0] ?? '')
  return { name: `${scheme}://${place}`, place, scheme: scheme.toLowerCase() }
}
