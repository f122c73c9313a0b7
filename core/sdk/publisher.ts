import type { ExecutorInstance, Outcome, ProgramRun } from '../contracts/executor.ts'
import { type HooklineError, isHooklineError } from '../errors/errors.ts'
import { errorCodeOf } from '../kit/error-code.ts'
import { untilAborted, withTimeLimit } from '../kit/time-limit.ts'
import { brokerFault } from './messages/broker-fault.ts'
import { outcomeOfFault, outcomeOfStop } from './processes/outcome.ts'

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

/** A broker as a program sees it. What its functions throw without a code is taken as a lost connection. */
export interface Broker<Connection, Message> extends BrokerLink<Connection> {
  /** Seconds for the connection and the confirmation, together. */
  readonly confirmSeconds: number
  /** Makes the message of a run. Its errors are final. */
  make(run: ProgramRun): Message
  /** Resolves when the broker has confirmed the message, with the result of the run. */
  publish(connection: Connection, message: Message): Promise<unknown>
  /** Why a confirmation may be late; null if nothing is known. */
  whyLate?(connection: Connection): HooklineError | null
}

const OPEN_SECONDS = 10
const CLOSE_MS = 3000

/**
 * An executor that only publishes. All its runs share one connection, which is opened when it is first needed, and again
 * after it was lost.
 */
export function publisher<Connection, Message>(
  broker: Broker<Connection, Message>,
): ExecutorInstance {
  const connections = new Connections(broker)
  const deliver = async (message: Message, signal: AbortSignal): Promise<unknown> => {
    const attempt: { connection?: Connection; isOver: boolean } = { isOver: false }
    const send = async () => {
      const connection = await connections.get()
      // The run has failed meanwhile. Another attempt sends the message.
      if (attempt.isOver) return null
      attempt.connection = connection
      return broker.publish(connection, message)
    }
    const sent = withTimeLimit(send(), broker.confirmSeconds * 1000, () => {
      const { connection } = attempt
      if (connection === undefined) throw lateFault(broker, broker.confirmSeconds)
      connections.drop(connection)
      throw unconfirmedFault(broker, connection)
    })
    try {
      return await untilAborted(sent, signal)
    } finally {
      attempt.isOver = true
    }
  }
  return {
    run: async (run): Promise<Outcome> => {
      if (run.signal.aborted) return outcomeOfStop(run.signal)
      let message: Message
      try {
        message = broker.make(run)
      } catch (error) {
        if (isHooklineError(error)) return outcomeOfFault(error, false)
        throw error
      }
      try {
        const result = await deliver(message, run.signal)
        if (run.signal.aborted && result === null) return outcomeOfStop(run.signal)
        return { status: 'succeeded', result }
      } catch (error) {
        return outcomeOfFault(isHooklineError(error) ? error : lostFault(broker, error))
      }
    },
    close: () => connections.close(),
  }
}

/** The one connection of a program. */
class Connections<Connection> {
  readonly #broker: BrokerLink<Connection>
  #current: Promise<Connection> | null = null
  #isClosed = false

  constructor(broker: BrokerLink<Connection>) {
    this.#broker = broker
  }

  /** The connection, opened if need be. */
  async get(): Promise<Connection> {
    for (;;) {
      if (this.#isClosed) throw closedFault(this.#broker.name)
      const current = this.#current ?? this.#begin()
      const connection = await current
      if (this.#broker.isOpen(connection)) return connection
      if (this.#current !== current) continue
      this.#current = null
      void this.#end(connection)
    }
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

function lostFault({ name }: { readonly name: string }, error: unknown): HooklineError {
  const why = `The connection to ${name} ended before the message was confirmed: ${kindOf(error)}.`
  return brokerFault('message_unconfirmed', why, { retryable: true })
}

/** A code, or the name of the class: some clients name their errors by their class alone. */
function kindOf(error: unknown): string {
  const code = errorCodeOf(error)
  if (code !== 'Error' || !(error instanceof Error)) return code
  return error.constructor === Error ? 'the connection was closed' : error.constructor.name
}

function lateFault({ name }: { readonly name: string }, seconds: number): HooklineError {
  const why = `${name} did not answer within ${seconds} s.`
  return brokerFault('broker_unreachable', why, { retryable: true })
}

function unconfirmedFault<Connection, Message>(
  { name, confirmSeconds, whyLate }: Broker<Connection, Message>,
  connection: Connection,
): HooklineError {
  const why = `${name} did not confirm the message within ${confirmSeconds} s.`
  return whyLate?.(connection) ?? brokerFault('message_unconfirmed', why, { retryable: true })
}
