import type { Client, Connection, ConnectionOptions } from '@temporalio/client'
import { type EndOutcome, type HandedOverRun, importOptional } from '../../../core/sdk/executor.ts'
import { outcomeOfFailure } from './failure.ts'
import { callFault, isMissing, isNamed, isOfCall, type TemporalPlace } from './faults.ts'
import type { TemporalOptions } from './options.ts'
import type { NewWorkflow } from './workflow.ts'

/** The packages that the plugin needs. */
export const PACKAGES = ['@temporalio/client'] as const

const CALL_MS = 20_000
const COMPLETED = 2
/** Completed, failed, cancelled, terminated, timed out: https://github.com/temporalio/api/blob/master/temporal/api/enums/v1/workflow.proto */
const ENDED = new Set([COMPLETED, 3, 4, 5, 7])

/** How a workflow fares: its outcome, null if it has not ended, or that Temporal does not know it. */
export type WorkflowLook = EndOutcome | null | 'missing'

/** A connection to Temporal. The library opens it again by itself when it was lost. */
export class TemporalSession {
  readonly #place: TemporalPlace
  readonly #connection: Connection
  readonly #client: Client
  #isOpen = true

  private constructor(place: TemporalPlace, connection: Connection, client: Client) {
    this.#place = place
    this.#connection = connection
    this.#client = client
  }

  /** Connects at the first call. Throws `package_missing`. */
  static async open(options: TemporalOptions): Promise<TemporalSession> {
    const temporal = await importOptional(PACKAGES, () => import('@temporalio/client'))
    const connection = temporal.Connection.lazy(connectionOf(options))
    const { namespace } = options
    const client = new temporal.Client({ connection, namespace, identity: 'hookline' })
    return new TemporalSession(options, connection, client)
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Resolves when Temporal has the workflow. One of the same id that is there, or was there, stays as it is. */
  async start(workflow: NewWorkflow, signal: AbortSignal): Promise<void> {
    const { id: workflowId, type, taskQueue, args, timeoutSeconds } = workflow
    const start = () =>
      this.#client.workflow.start(type, {
        workflowId,
        taskQueue,
        args: [...args],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
        workflowExecutionTimeout: timeoutSeconds * 1000,
      })
    try {
      await this.#call(start, signal)
    } catch (error) {
      if (!isNamed(error, 'WorkflowExecutionAlreadyStartedError')) throw error
    }
  }

  /** Looks at the newest run of a workflow: it may have continued as new. */
  async look({ ref, write }: HandedOverRun, signal: AbortSignal): Promise<WorkflowLook> {
    const { namespace } = this.#place
    const execution = { workflowId: ref }
    // Not by the client, which would decode what a workflow has noted of itself, and may not be able to.
    const describe = () =>
      this.#connection.workflowService.describeWorkflowExecution({ namespace, execution })
    try {
      const { workflowExecutionInfo: info } = await this.#call(describe, signal)
      const status = info?.status ?? 0
      return ENDED.has(status) ? await this.#end(ref, status === COMPLETED, write, signal) : null
    } catch (error) {
      if (isMissing(error)) return 'missing'
      throw error
    }
  }

  /** Asks for an end, or ends it at once. Nothing happens to a workflow that has ended. */
  async end(workflowId: string, isHard: boolean, signal: AbortSignal): Promise<void> {
    const handle = this.#client.workflow.getHandle(workflowId)
    const end = () => (isHard ? handle.terminate('cancelled by Hookline') : handle.cancel())
    try {
      await this.#call<unknown>(end, signal)
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }

  async close(): Promise<void> {
    this.#isOpen = false
    await this.#connection.close()
  }

  /** The outcome of a workflow that has ended. */
  async #end(
    id: string,
    isCompleted: boolean,
    write: HandedOverRun['write'],
    signal: AbortSignal,
  ): Promise<EndOutcome> {
    try {
      const result = await this.#call(() => this.#client.workflow.getHandle(id).result(), signal)
      return { status: 'succeeded', result }
    } catch (error) {
      if (isNamed(error, 'WorkflowFailedError')) {
        return outcomeOfFailure((error as Error).cause as Error | undefined, write)
      }
      if (isOfCall(error)) throw error
    }
    // What a codec of the workers has encrypted, for example.
    const what = `the ${isCompleted ? 'result' : 'failure'} of the workflow cannot be read`
    write('stderr', Buffer.from(`temporal: ${what}: it is not in the usual encoding\n`))
    return isCompleted ? { status: 'succeeded' } : { status: 'failed', reason: what }
  }

  async #call<Answer>(call: () => Promise<Answer>, signal: AbortSignal): Promise<Answer> {
    try {
      return await this.#connection.withDeadline(Date.now() + CALL_MS, () =>
        this.#connection.withAbortSignal(signal, call),
      )
    } catch (error) {
      throw callFault(this.#place, error)
    }
  }
}

function connectionOf({ address, apiKey, tls }: TemporalOptions): ConnectionOptions {
  return {
    address,
    // Whether a call is repeated is decided where it is known what it may have done.
    interceptors: [],
    ...(apiKey !== undefined && { apiKey }),
    ...((tls !== undefined || apiKey !== undefined) && { tls: tlsOf(tls ?? true) }),
  }
}

function tlsOf(
  tls: Exclude<TemporalOptions['tls'], undefined>,
): NonNullable<ConnectionOptions['tls']> {
  if (typeof tls === 'boolean') return tls
  const { ca, cert, key, serverName } = tls
  return {
    ...(serverName !== undefined && { serverNameOverride: serverName }),
    ...(ca !== undefined && { serverRootCACertificate: Buffer.from(ca) }),
    ...(cert !== undefined &&
      key !== undefined && { clientCertPair: { crt: Buffer.from(cert), key: Buffer.from(key) } }),
  }
}
