import type { ExecutorInstance, Outcome, ProgramRun } from '../contracts/executor.ts'
import { type HooklineError, isHooklineError } from '../errors/errors.ts'
import { untilAborted, withTimeLimit } from '../kit/time-limit.ts'
import { brokerFault } from './messages/broker-fault.ts'
import { BrokerConnections, type BrokerLink, kindOf, lateFault } from './messages/connections.ts'
import { outcomeOfFault, outcomeOfStop } from './processes/outcome.ts'

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

/**
 * An executor that only publishes. All its runs share one connection, which is opened when it is first needed, and again
 * after it was lost.
 */
export function publisher<Connection, Message>(
  broker: Broker<Connection, Message>,
): ExecutorInstance {
  const connections = new BrokerConnections(broker)
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

function lostFault({ name }: { readonly name: string }, error: unknown): HooklineError {
  const why = `The connection to ${name} ended before the message was confirmed: ${kindOf(error)}.`
  return brokerFault('message_unconfirmed', why, { retryable: true })
}

function unconfirmedFault<Connection, Message>(
  { name, confirmSeconds, whyLate }: Broker<Connection, Message>,
  connection: Connection,
): HooklineError {
  const why = `${name} did not confirm the message within ${confirmSeconds} s.`
  return whyLate?.(connection) ?? brokerFault('message_unconfirmed', why, { retryable: true })
}
