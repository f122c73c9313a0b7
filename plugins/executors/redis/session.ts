import { brokerFault, redisServer } from '../../../core/sdk/executor.ts'

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

/** Adds an entry, unless the marker of its message is there. KEYS: stream, marker. ARGV: seconds, the rest of XADD. */
const ADD_ONCE = `
local known = redis.call('GET', KEYS[2])
if known then return known end
local id = redis.call('XADD', KEYS[1], unpack(ARGV, 2))
if id then redis.call('SET', KEYS[2], id, 'EX', ARGV[1]) end
return id`

/** A connection to a server. */
export class RedisSession {
  readonly #address: redisServer.RedisAddress
  readonly #client: redisServer.RedisClient
  #isDemoted = false

  private constructor(address: redisServer.RedisAddress, client: redisServer.RedisClient) {
    this.#address = address
    this.#client = client
  }

  /** Throws `package_missing`, `broker_access_refused` or an error of the connection. */
  static async open(
    address: redisServer.RedisAddress,
    program: string,
    signal: AbortSignal,
  ): Promise<RedisSession> {
    const client = await redisServer.createRedis(PACKAGES, address, program)
    try {
      await redisServer.connectRedis(client, signal)
      return new RedisSession(address, client)
    } catch (error) {
      throw redisServer.replyFault(address, targetOf(address, null), error)
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
      this.#isDemoted = redisServer.isDemoted(error)
      throw redisServer.replyFault(this.#address, targetOf(this.#address, stream), error)
    }
    if (added !== null) return String(added)
    const why = `${this.#address.name} has no stream ${JSON.stringify(stream)}.`
    throw brokerFault('target_missing', why)
  }

  async close(): Promise<void> {
    if (this.#client.isOpen) this.#client.destroy()
  }
}

function targetOf(
  { name }: redisServer.RedisAddress,
  stream: string | null,
): redisServer.RedisTarget {
  const key = JSON.stringify(stream)
  return {
    what: `the stream ${key}`,
    grant: 'Allow the user XADD on this key, and with `dedupSeconds` EVAL, GET and SET.',
    wrongType: `The key ${key} of ${name} is not a stream.`,
  }
}
