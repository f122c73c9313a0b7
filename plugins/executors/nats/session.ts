import type { JetStreamClient } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { importOptional } from '../../../core/sdk/executor.ts'
import type { NatsAddress } from './address.ts'
import { connectFault, publishFault } from './faults.ts'
import type { NatsMessage } from './message.ts'

/** The packages that the plugin needs. */
export const PACKAGES = ['@nats-io/transport-node', '@nats-io/jetstream'] as const

/** What a stream says when it has a message. */
export interface StreamAck {
  readonly stream: string
  readonly sequence: number
  /** Whether it had a message with this id already. */
  readonly duplicate: boolean
}

const CONNECT_MS = 8000

function load() {
  return Promise.all([import('@nats-io/transport-node'), import('@nats-io/jetstream')])
}

/** A connection to a server with JetStream. */
export class NatsSession {
  readonly #name: string
  readonly #connection: NatsConnection
  readonly #stream: JetStreamClient
  readonly #makeHeaders: Awaited<ReturnType<typeof load>>[0]['headers']

  private constructor(
    name: string,
    connection: NatsConnection,
    [{ headers }, { jetstream }]: Awaited<ReturnType<typeof load>>,
  ) {
    this.#name = name
    this.#connection = connection
    this.#stream = jetstream(connection)
    this.#makeHeaders = headers
  }

  /** Throws `package_missing`, `broker_access_refused` or an error of the connection. */
  static async open(
    { name, hosts, isTls, login }: NatsAddress,
    program: string,
    credentials: string | undefined,
  ): Promise<NatsSession> {
    const modules = await importOptional(PACKAGES, load)
    const [{ connect, credsAuthenticator }] = modules
    try {
      const connection = await connect({
        servers: [...hosts],
        name: `hookline ${program}`,
        // The next run opens another connection.
        reconnect: false,
        timeout: CONNECT_MS,
        ...(isTls ? { tls: {} } : {}),
        ...(credentials === undefined
          ? login
          : { authenticator: credsAuthenticator(new TextEncoder().encode(credentials)) }),
      })
      return new NatsSession(name, connection, modules)
    } catch (error) {
      throw connectFault(name, error)
    }
  }

  get isOpen(): boolean {
    return !this.#connection.isClosed()
  }

  /** Resolves when a stream has the message. https://docs.nats.io/nats-concepts/jetstream/headers#publish */
  async publish(message: NatsMessage, timeout: number): Promise<StreamAck> {
    const headers = this.#makeHeaders()
    for (const [name, value] of Object.entries(message.headers)) headers.set(name, value)
    const expect = message.stream === undefined ? {} : { expect: { streamName: message.stream } }
    try {
      const options = { msgID: message.id, headers, timeout, ...expect }
      const { stream, seq, duplicate } = await this.#stream.publish(
        message.subject,
        message.body,
        options,
      )
      return { stream, sequence: seq, duplicate }
    } catch (error) {
      throw publishFault(this.#name, message, error)
    }
  }

  close(): Promise<void> {
    return this.#connection.close()
  }
}
