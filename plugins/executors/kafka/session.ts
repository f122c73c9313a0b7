import type { Producer } from '@platformatic/kafka'
import { importOptional } from '../../../core/sdk/executor.ts'
import { kafkaFault } from './faults.ts'
import type { KafkaOptions } from './options.ts'

/** The packages that the plugin needs. */
export const PACKAGES = ['@platformatic/kafka'] as const

/** A message for a topic. */
export interface KafkaRecord {
  /** The id of the task. */
  readonly id: string
  readonly topic: string
  /** Null: partitions take turns. */
  readonly key: string | null
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

const CONNECT_MS = 8000
/** How often a request is sent again within an attempt, if that cannot double the message. */
const RETRIES = 3
const RETRY_DELAY_MS = 200
const NO_ID = -1

type TextProducer = Producer<string, string, string, string>

/** A producer, with its connections to the brokers. */
export class KafkaSession {
  readonly #name: string
  readonly #producer: TextProducer
  #isOpen = true

  private constructor(name: string, producer: TextProducer) {
    this.#name = name
    this.#producer = producer
  }

  /** Throws `package_missing`, `broker_access_refused` or an error of the connection. */
  static async open(
    name: string,
    program: string,
    { brokers, tls, sasl, idempotent, create, confirmSeconds }: KafkaOptions,
    signal: AbortSignal,
  ): Promise<KafkaSession> {
    const {
      Producer: Client,
      ProduceAcks,
      stringSerializers,
    } = await importOptional(PACKAGES, () => import('@platformatic/kafka'))
    const producer = new Client({
      clientId: `hookline-${program.replace(/\s/g, '-')}`,
      bootstrapBrokers: [...brokers],
      serializers: stringSerializers,
      acks: ProduceAcks.ALL,
      idempotent,
      // The cluster gives the ids of the producer.
      ...(idempotent ? { producerId: BigInt(NO_ID), producerEpoch: NO_ID } : {}),
      retries: idempotent ? RETRIES : 0,
      retryDelay: (_client, _operation, attempt) => RETRY_DELAY_MS * 2 ** attempt,
      autocreateTopics: create,
      connectTimeout: CONNECT_MS,
      requestTimeout: confirmSeconds * 1000,
      timeout: confirmSeconds * 1000,
      ...(tls ? { tls: {} } : {}),
      ...(sasl === undefined ? {} : { sasl }),
    })
    const session = new KafkaSession(name, producer)
    signal.addEventListener('abort', () => session.close().catch(() => {}))
    try {
      if (idempotent) await producer.initIdempotentProducer({})
      else await producer.listApis()
      return session
    } catch (error) {
      session.close().catch(() => {})
      throw kafkaFault(name, null, error)
    }
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Resolves when all replicas in sync have the message (`acks=all`), with its place. */
  async send({
    topic,
    key,
    body,
    headers,
  }: KafkaRecord): Promise<{ readonly partition: number; readonly offset: string }> {
    try {
      const { offsets } = await this.#producer.send({
        messages: [{ topic, value: body, headers, ...(key === null ? {} : { key }) }],
      })
      const [place] = offsets ?? []
      if (place === undefined) throw new Error('no offset')
      return { partition: place.partition, offset: String(place.offset) }
    } catch (error) {
      // The sequence of an idempotent producer may have a gap now.
      this.#isOpen = false
      throw kafkaFault(this.#name, topic, error)
    }
  }

  async close(): Promise<void> {
    this.#isOpen = false
    await this.#producer.close()
  }
}
