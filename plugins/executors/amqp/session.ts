import type { ChannelModel, ConfirmChannel } from 'amqplib'
import { brokerFault, type HooklineError, importOptional } from '../../../core/sdk/executor.ts'
import type { RabbitAddress } from './address.ts'
import { closedFault, openFault } from './faults.ts'

/** The packages that the plugin needs. */
export const PACKAGES = ['amqplib'] as const

/** A message as it is put on the channel. */
export interface RabbitMessage {
  readonly id: string
  readonly exchange: string
  readonly routingKey: string
  readonly content: Buffer
  readonly properties: {
    readonly contentType: string
    readonly headers: Readonly<Record<string, string>>
    readonly type: string
    /** Seconds since the epoch. */
    readonly timestamp: number
    readonly persistent: boolean
  }
}

const CONNECT_MS = 10_000

/** A connection with one channel in confirm mode: https://www.rabbitmq.com/docs/confirms#publisher-confirms */
export class RabbitSession {
  readonly #address: RabbitAddress
  readonly #model: ChannelModel
  readonly #channel: ConfirmChannel
  /** Ids of messages that came back, since no queue takes them. */
  readonly #returned = new Set<string>()
  #cause: unknown = null
  #isOpen = true
  #blocked: string | null = null

  private constructor(address: RabbitAddress, model: ChannelModel, channel: ConfirmChannel) {
    this.#address = address
    this.#model = model
    this.#channel = channel
    const fail = (error: unknown) => {
      this.#cause ??= error
      this.#isOpen = false
    }
    model.on('error', fail)
    model.on('close', fail)
    model.on('blocked', (reason) => {
      this.#blocked = reason
    })
    model.on('unblocked', () => {
      this.#blocked = null
    })
    channel.on('error', fail)
    channel.on('close', () => fail(null))
    channel.on('return', ({ properties }) => this.#returned.add(String(properties.messageId)))
  }

  /** Throws `package_missing`, `broker_access_refused` or an error of the connection. */
  static async open(address: RabbitAddress, program: string): Promise<RabbitSession> {
    const { connect } = await importOptional(PACKAGES, () => import('amqplib'))
    let model: ChannelModel | null = null
    try {
      model = await connect(address.url, {
        timeout: CONNECT_MS,
        noDelay: true,
        keepAlive: true,
        clientProperties: { connection_name: `hookline ${program}` },
      })
      // An error without a listener would end the process.
      model.on('error', () => {})
      return new RabbitSession(address, model, await model.createConfirmChannel())
    } catch (error) {
      model?.close().catch(() => {})
      throw openFault(address, error)
    }
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Resolves when the broker has the message in every queue that it was routed to. */
  publish({ id, exchange, routingKey, content, properties }: RabbitMessage): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const options = { ...properties, messageId: id, appId: 'hookline', mandatory: true }
    this.#channel.publish(exchange, routingKey, content, options, (error) => {
      // A message that came back is returned before it is confirmed.
      const isReturned = this.#returned.delete(id)
      if (error) reject(this.#isOpen ? this.#nacked() : this.#closed(exchange, error))
      else if (isReturned) reject(this.#unroutable(exchange, routingKey))
      else resolve()
    })
    return promise
  }

  /** Why messages are not confirmed, if the broker has said so: https://www.rabbitmq.com/docs/connection-blocked */
  get whyLate(): HooklineError | null {
    if (this.#blocked === null) return null
    const why = `${this.#address.name} has stopped all publishers, since it is short of memory or disk.`
    return brokerFault('broker_full', why, { retryable: true })
  }

  async close(): Promise<void> {
    this.#isOpen = false
    await this.#model.close()
  }

  #closed(exchange: string, error: unknown): unknown {
    return closedFault(this.#address, exchange, this.#cause) ?? this.#cause ?? error
  }

  #nacked(): HooklineError {
    const why = `${this.#address.name} did not take the message: a queue is full, or has failed.`
    return brokerFault('broker_full', why, { retryable: true })
  }

  #unroutable(exchange: string, routingKey: string): HooklineError {
    const key = JSON.stringify(routingKey)
    if (exchange === '') {
      return brokerFault('target_missing', `${this.#address.name} has no queue ${key}.`)
    }
    const why = `No queue takes a message of the exchange ${JSON.stringify(exchange)} with the routing key ${key}.`
    const remedy = 'Bind a queue to the exchange, or add a condition to the rule.'
    return brokerFault('target_missing', why, { remedy })
  }
}
