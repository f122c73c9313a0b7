import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { google, temporal } from '@temporalio/proto'

const api = temporal.api.workflowservice.v1
const { WorkflowExecutionStatus, WorkflowIdReusePolicy, WorkflowIdConflictPolicy } =
  temporal.api.enums.v1
type StartRequest = temporal.api.workflowservice.v1.StartWorkflowExecutionRequest
type Execution = temporal.api.common.v1.IWorkflowExecution | null | undefined
type CloseEvent = temporal.api.history.v1.IHistoryEvent
type Refusal = { readonly code: number; readonly details: string; readonly metadata?: Metadata }

const SERVICE = 'temporal.api.workflowservice.v1.WorkflowService'
const METHODS = [
  'GetSystemInfo',
  'StartWorkflowExecution',
  'DescribeWorkflowExecution',
  'GetWorkflowExecutionHistory',
  'RequestCancelWorkflowExecution',
  'TerminateWorkflowExecution',
] as const
type Method = (typeof METHODS)[number]

/** A workflow of the stand-in. */
export interface StoredWorkflow {
  readonly start: StartRequest
  readonly runId: string
  status: number
  /** Null: it runs. */
  close: CloseEvent | null
  cancelRequests: number
}

/**
 * A stand-in for the frontend of Temporal. It speaks the protocol by the published definitions, checks each request, and
 * keeps workflows as the documentation says: one id, one workflow. No worker is behind it: a test ends the workflows.
 */
export class TemporalServer {
  readonly workflows = new Map<string, StoredWorkflow>()
  /** Names of the calls. */
  readonly calls: Method[] = []
  /** Values of the header `authorization`. */
  readonly authorizations = new Set<unknown>()
  /** Answers the next calls of a method with these, after it was done or instead. */
  readonly refusals: {
    readonly method: Method
    readonly isDone: boolean
    readonly refusal: Refusal
  }[] = []
  #server = new Server()
  port = 0

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  async start(credentials = ServerCredentials.createInsecure()): Promise<void> {
    this.#server = new Server()
    const handlers: UntypedServiceImplementation = {}
    for (const name of METHODS) handlers[name] = this.#handler(name)
    this.#server.addService(definition(), handlers)
    const bound = Promise.withResolvers<number>()
    this.#server.bindAsync(`127.0.0.1:${this.port}`, credentials, (error, port) =>
      error === null ? bound.resolve(port) : bound.reject(error),
    )
    this.port = await bound.promise
  }

  /** Cuts all connections. */
  stop(): void {
    this.#server.forceShutdown()
  }

  /** Ends a workflow. */
  close(id: string, state: keyof typeof WorkflowExecutionStatus, event: CloseEvent): void {
    const workflow = this.workflows.get(id)
    if (workflow === undefined) throw new Error(`no workflow ${id}`)
    workflow.status = WorkflowExecutionStatus[state]
    workflow.close = event
  }

  complete(id: string, value: unknown, encoding = 'json/plain'): void {
    const payload = { metadata: { encoding: Buffer.from(encoding) }, data: jsonOf(value) }
    const result = { payloads: [payload] }
    this.close(id, 'WORKFLOW_EXECUTION_STATUS_COMPLETED', {
      workflowExecutionCompletedEventAttributes: { result },
    })
  }

  fail(id: string, failure: temporal.api.failure.v1.IFailure): void {
    this.close(id, 'WORKFLOW_EXECUTION_STATUS_FAILED', {
      workflowExecutionFailedEventAttributes: { failure },
    })
  }

  #handler(method: Method) {
    return (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) => {
      this.calls.push(method)
      this.authorizations.add(call.metadata.get('authorization')[0])
      const at = this.refusals.findIndex((one) => one.method === method)
      const [refused] = at === -1 ? [] : this.refusals.splice(at, 1)
      try {
        const response = refused?.isDone === false ? null : this[method](call.request as never)
        if (refused === undefined) answer(null, response)
        else answer(refused.refusal)
      } catch (error) {
        answer(error as Refusal)
      }
    }
  }

  GetSystemInfo() {
    return { serverVersion: '1.29.0', capabilities: { sdkMetadata: true } }
  }

  StartWorkflowExecution(request: StartRequest) {
    const { namespace, workflowId, workflowType, taskQueue, requestId, identity } = request
    if (namespace !== 'default') throw missingNamespace(namespace)
    for (const text of [workflowId, workflowType?.name, taskQueue?.name, requestId, identity]) {
      if (!text) throw invalid('a field is not set')
    }
    const { workflowIdReusePolicy: reuse, workflowIdConflictPolicy: conflict } = request
    if (
      reuse !== WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE ||
      conflict !== WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_FAIL
    ) {
      throw invalid('the workflow could be started twice')
    }
    const known = this.workflows.get(workflowId)
    if (known !== undefined && known.start.requestId !== requestId) {
      throw { code: status.ALREADY_EXISTS, details: 'Workflow execution is already running.' }
    }
    const runId = known?.runId ?? crypto.randomUUID()
    const running = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING
    const workflow = { start: request, runId, status: running, close: null, cancelRequests: 0 }
    this.workflows.set(workflowId, known ?? workflow)
    return { runId, started: true }
  }

  DescribeWorkflowExecution(
    request: temporal.api.workflowservice.v1.DescribeWorkflowExecutionRequest,
  ) {
    const { start, runId, status: state } = this.#find(request.namespace, request.execution)
    const execution = { workflowId: start.workflowId, runId }
    const type = start.workflowType
    return { workflowExecutionInfo: { execution, type, status: state, taskQueue: 'q' } }
  }

  GetWorkflowExecutionHistory(
    request: temporal.api.workflowservice.v1.GetWorkflowExecutionHistoryRequest,
  ) {
    const { close } = this.#find(request.namespace, request.execution)
    if (close === null) throw invalid('the stand-in answers for workflows that have ended')
    return { history: { events: [close] } }
  }

  RequestCancelWorkflowExecution(
    request: temporal.api.workflowservice.v1.RequestCancelWorkflowExecutionRequest,
  ) {
    this.#running(request.namespace, request.workflowExecution).cancelRequests++
    return {}
  }

  TerminateWorkflowExecution(
    request: temporal.api.workflowservice.v1.TerminateWorkflowExecutionRequest,
  ) {
    const workflow = this.#running(request.namespace, request.workflowExecution)
    this.close(workflow.start.workflowId, 'WORKFLOW_EXECUTION_STATUS_TERMINATED', {
      workflowExecutionTerminatedEventAttributes: { reason: request.reason },
    })
    return {}
  }

  #find(namespace: string, execution: Execution): StoredWorkflow {
    if (namespace !== 'default') throw missingNamespace(namespace)
    const found = this.workflows.get(execution?.workflowId ?? '')
    if (found !== undefined) return found
    throw { code: status.NOT_FOUND, details: 'workflow not found for ID' }
  }

  #running(namespace: string, execution: Execution): StoredWorkflow {
    const workflow = this.#find(namespace, execution)
    if (workflow.close === null) return workflow
    throw { code: status.NOT_FOUND, details: 'workflow execution already completed' }
  }
}

function invalid(details: string): Refusal {
  return { code: status.INVALID_ARGUMENT, details }
}

/** As the real one, with details that name the namespace. */
function missingNamespace(namespace: string): Refusal {
  const { NamespaceNotFoundFailure } = temporal.api.errordetails.v1
  const value = NamespaceNotFoundFailure.encode({ namespace }).finish()
  const typeUrl = 'type.googleapis.com/temporal.api.errordetails.v1.NamespaceNotFoundFailure'
  const details = [{ type_url: typeUrl, value }]
  const metadata = new Metadata()
  const message = `Namespace ${namespace} is not found.`
  const bytes = google.rpc.Status.encode({ code: status.NOT_FOUND, message, details }).finish()
  metadata.set('grpc-status-details-bin', Buffer.from(bytes))
  return { code: status.NOT_FOUND, details: message, metadata }
}

function jsonOf(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

function definition(): ServiceDefinition {
  return Object.fromEntries(
    METHODS.map((name) => {
      const [request, response] = [api[`${name}Request`], api[`${name}Response`]]
      const method = {
        path: `/${SERVICE}/${name}`,
        requestStream: false,
        responseStream: false,
        requestSerialize: (value: object) => Buffer.from(request.encode(value).finish()),
        requestDeserialize: (bytes: Buffer) => request.decode(bytes),
        responseSerialize: (value: object) => Buffer.from(response.encode(value).finish()),
        responseDeserialize: (bytes: Buffer) => response.decode(bytes),
      }
      return [name, method]
    }),
  )
}
