import { type HooklineError, isHooklineError } from '../../errors/errors.ts'
import { errorCodeOf } from '../../kit/thrown.ts'
import { withTimeLimit } from '../../kit/time-limit.ts'
import { brokerFault } from './broker-fault.ts'

/** How a broker is connected to. */
export interface BrokerLink<Connection> {
  /** Name for messages, without secrets: `RabbitMQ at mq.example.com:5672`. */
  readonly name: string
  /** Aborted after `OPEN_SECONDS`: the result is not waited for any longer, and nothing may be left behind. */
  open(signal: AbortSignal): Promise<Connection>
  /** Whether messages can still be sent over it. Otherwise the next run opens another one. */
  isOpen(connection: Connection): boolean
  /** Ends the connection, whatever its state. */
  close(connection: Connection): Promise<unknown>
}

const OPEN_SECONDS = 10
const CLOSE_MS = 3000

/** The one connection of a program. It is opened when it is first needed, and again after it was lost. */
export class BrokerConnections<Connection> {
  readonly #broker: BrokerLink<Connection>
  #current: Promise<Connection> | null = null
  #isClosed = false

  constructor(broker: BrokerLink<Connection>) {
    this.#broker = broker
  }

  /** The connection, opened if need be. Throws if it is lost as soon as it is opened. */
  async get(): Promise<Connection> {
    if (this.#isClosed) throw closedFault(this.#broker.name)
    const known = this.#current
    if (known !== null) {
      const connection = await known
      if (this.#broker.isOpen(connection)) return connection
      if (this.#current === known) {
        this.#current = null
        void this.#end(connection)
      }
    }
    const connection = await (this.#current ?? this.#begin())
    if (this.#broker.isOpen(connection)) return connection
    this.drop(connection)
    throw unreachable(this.#broker.name, new Error())
  }

  /** Ends a connection that is of no use any more. */
  drop(connection: Connection): void {
    void this.#end(connection)
    const current = this.#current
    void current?.then(
      (open) => {
        if (open === connection && this.#current === current) this.#current = null
      },
      () => {},
    )
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const opened = this.#current?.catch(() => undefined)
    // One that comes later is ended when it comes.
    const connection = await withTimeLimit(opened, CLOSE_MS, () => undefined)
    if (connection !== undefined) await this.#end(connection)
  }

  #begin(): Promise<Connection> {
    const { name } = this.#broker
    if (this.#isClosed) throw closedFault(name)
    const late = new AbortController()
    const open = this.#broker.open(late.signal).then((connection) => {
      if (!late.signal.aborted && !this.#isClosed) return connection
      void this.#end(connection)
      throw closedFault(name)
    })
    const inTime = withTimeLimit(open, OPEN_SECONDS * 1000, () => {
      late.abort()
      throw lateFault(this.#broker, OPEN_SECONDS)
    })
    const opening = Promise.resolve(inTime).catch((error) => {
      if (this.#current === opening) this.#current = null
      throw isHooklineError(error) ? error : unreachable(name, error)
    })
    this.#current = opening
    return opening
  }

  async #end(connection: Connection): Promise<void> {
    try {
      await withTimeLimit(
        Promise.resolve(this.#broker.close(connection)).then(() => {}),
        CLOSE_MS,
        () => {},
      )
    } catch {
      // It was closed already.
    }
  }
}

function closedFault(name: string): HooklineError {
  return brokerFault('broker_unreachable', `The program for ${name} is no longer in use.`)
}

function unreachable(name: string, error: unknown): HooklineError {
  // Without the message, which may quote the URL.
  const why = `${name} cannot be reached: ${kindOf(error)}.`
  return brokerFault('broker_unreachable', why, { retryable: true })
}

/** The error for a broker that does not answer in time. */
export function lateFault({ name }: { readonly name: string }, seconds: number): HooklineError {
  const why = `${name} did not answer within ${seconds} s.`
  return brokerFault('broker_unreachable', why, { retryable: true })
}

/** A code, or the name of the class: some clients name their errors by their class alone. */
export function kindOf(error: unknown): string {
  const code = errorCodeOf(error)
  if (code !== 'Error' || !(error instanceof Error)) return code
  return error.constructor === Error ? 'the connection was closed' : error.constructor.name
}
