import { setTimeout as sleep } from 'node:timers/promises'
import type { Outcome, ProgramRun } from '../contracts/executor.ts'
import { type HooklineError, isHooklineError } from '../errors/errors.ts'
import { untilAborted } from '../kit/time-limit.ts'
import { brokerFault } from './messages/broker-fault.ts'
import { type BrokerConnections, kindOf, lateFault } from './messages/connections.ts'
import { outcomeOfFault, outcomeOfStop } from './processes/outcome.ts'

const AGAIN_MS = 500

/** How a run is given to an engine that takes what has one reference once. */
export interface HandOver<Connection> {
  readonly connections: Pick<BrokerConnections<Connection>, 'get' | 'drop'>
  /** The engine, for messages. */
  readonly name: string
  /** Seconds for the connection and the confirmation, together. */
  readonly confirmSeconds: number
  readonly ref: string
  readonly pollSeconds?: number
  /**
   * Resolves when the engine has the run. Called again, with the same reference, until it is known what became of it.
   * Throws a `HooklineError` if the engine has certainly not taken it, and anything else if nobody knows.
   */
  give(connection: Connection, signal: AbortSignal): Promise<unknown>
}

/**
 * Gives a run to an engine until it confirms that. If nobody knows whether the engine has the run, it is handed over, and
 * following it shows: a failed attempt would be followed by another one, beside it.
 */
export async function handOver<Connection>(
  { signal }: Pick<ProgramRun, 'signal'>,
  { connections, name, confirmSeconds, ref, pollSeconds, give }: HandOver<Connection>,
): Promise<Outcome> {
  const handedOver = {
    status: 'handed-over',
    ref,
    ...(pollSeconds !== undefined && { pollSeconds }),
  } as const
  const limit = AbortSignal.any([signal, AbortSignal.timeout(confirmSeconds * 1000)])
  const last: { connection?: Connection; mayBeThere: boolean } = { mayBeThere: false }
  const attempt = async () => {
    const connection = await connections.get()
    if (limit.aborted) return false
    last.connection = connection
    const { mayBeThere } = last
    last.mayBeThere = true
    try {
      await give(connection, limit)
    } catch (error) {
      if (isHooklineError(error)) last.mayBeThere = mayBeThere
      throw error
    }
    return true
  }
  while (!limit.aborted) {
    try {
      if (await untilAborted(attempt(), limit)) return handedOver
    } catch (error) {
      if (!last.mayBeThere) return outcomeOfFault(engineFault(name, error))
    }
    if (!limit.aborted) await untilAborted(sleep(AGAIN_MS), limit)
  }
  if (last.connection !== undefined && !signal.aborted) connections.drop(last.connection)
  if (last.mayBeThere) return handedOver
  return signal.aborted
    ? outcomeOfStop(signal)
    : outcomeOfFault(lateFault({ name }, confirmSeconds))
}

/** An error without a code is of the connection. */
export function engineFault(name: string, error: unknown): HooklineError {
  if (isHooklineError(error)) return error
  const why = `The connection to ${name} ended: ${kindOf(error)}.`
  return brokerFault('broker_unreachable', why, { retryable: true })
}
