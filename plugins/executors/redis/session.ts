import { brokerFault, importOptional } from '../../../core/sdk/executor.ts'
import type { RedisAddress } from './address.ts'
import { isDemoted, replyFault } from './faults.ts'

/** The packages that the plugin needs. */
export const PACKAGES = ['@redis/client'] as const

/** An entry for a stream. */
export interface StreamEntry {
  /** The id of the task. */
  readonly id: string
  readonly stream: string
  readonly fields: Readonly<Record<string, string>>
  /** Words of XADD between the key and the id of the entry. */
  readonly words: readonly string[]
  readonly dedupSeconds: number | null
}

const CONNECT_MS = 10_000

/** Adds an entry, unless the marker of its message is there. KEYS: stream, marker. ARGV: seconds, the rest of XADD. */
const ADD_ONCE = `
local known = redis.call('GET', KEYS[2])
if known then return known end
local id = redis.call('XADD', KEYS[1], unpack(ARGV, 2))
if id then redis.call('SET', KEYS[2], id, 'EX', ARGV[1]) end
return id`

async function makeClient({ url }: RedisAddress, program: string) {
  const { createClient } = await importOptional(PACKAGES, () => import('@redis/client'))
  return createClient({
    url,
    name: `hookline-${program}`,
    // The next run opens another connection, and nothing is sent twice behind our back.
    socket: { connectTimeout: CONNECT_MS, reconnectStrategy: false },
    disableOfflineQueue: true,
  })
}

/** A connection to a server. */
export class RedisSession {
  readonly #name: string
  readonly #client: Awaited<ReturnType<typeof makeClient>>
  #isDemoted = false

  private constructor(name: string, client: Awaited<ReturnType<typeof makeClient>>) {
    this.#name = name
    this.#client = client
  }

  /** Throws `package_missing`, `broker_access_refused` or an error of the connection. */
  static async open(
    address: RedisAddress,
    program: string,
    signal: AbortSignal,
  ): Promise<RedisSession> {
    const client = await makeClient(address, program)
    // An error without a listener would end the process.
    client.on('error', () => {})
    signal.addEventListener('abort', () => client.destroy())
    try {
      await client.connect()
      return new RedisSession(address.name, client)
    } catch (error) {
      throw replyFault(address.name, null, error)
    }
  }

  get isOpen(): boolean {
    return this.#client.isReady && !this.#isDemoted
  }

  /** Resolves with the id of the entry when the server has it. https://redis.io/docs/latest/commands/xadd/ */
  async add({ id, stream, fields, words, dedupSeconds }: StreamEntry): Promise<string> {
    const rest = [...words, '*', ...Object.entries(fields).flat()]
    const command =
      dedupSeconds === null
        ? ['XADD', stream, ...rest]
        : ['EVAL', ADD_ONCE, '2', stream, `hookline:{${stream}}:${id}`, `${dedupSeconds}`, ...rest]
    let added: unknown
    try {
      added = await this.#client.sendCommand(command)
    } catch (error) {
      this.#isDemoted = isDemoted(error)
      throw replyFault(this.#name, stream, error)
    }
    if (added !== null) return String(added)
    throw brokerFault('target_missing', `${this.#name} has no stream ${JSON.stringify(stream)}.`)
  }

  async close(): Promise<void> {
    if (this.#client.isOpen) this.#client.destroy()
  }
}
