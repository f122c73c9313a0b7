import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Hono } from 'hono'
import { type ErrorCode, HooklineError } from '../../errors/errors.ts'
import type { BoundedLog } from '../../kit/bounded-log.ts'
import type { HttpTypes } from '../services.ts'
import { appHandler } from './app-handler.ts'
import { limitConnections } from './connection-limit.ts'
import { hostFault } from './host-header.ts'
import { toProblem } from './problem.ts'
import type { RefusedRequests } from './refused-requests.ts'
import { isAmbiguousTarget } from './request-target.ts'

export interface ServerOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** Whether other processes that say so too may listen there. The system gives each connection to one of them. Default false. */
  readonly reusePort?: boolean
  /** A Unix socket to listen on instead. */
  readonly path?: string
  /** Answers a request in place of the app, or returns false. Default: none. */
  readonly intercept?: (incoming: IncomingMessage, outgoing: ServerResponse) => boolean
  /** Time limit for a whole request to arrive. */
  readonly requestSeconds: number
  /** See `maxConnections`. */
  readonly maxConnections: number
  readonly refusedRequests: Pick<RefusedRequests, 'record'>
  readonly log: BoundedLog
}

// An `import` would read each export of the module, and one of them loads the `fetch` of Node.js; see `appHandler`.
const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http')
const HEADERS_CHECK_MS = 1000
const MAX_HEADERS = 200

/** A listening HTTP server. */
export interface HttpServer {
  readonly port: number
  /** Refuses new connections, waits for running requests within the limit, then closes what is left. */
  close(graceSeconds: number): Promise<void>
}

/** Serves an app. Throws `address_in_use`, `address_unavailable` or `port_refused`. */
export async function listen(
  app: Pick<Hono<HttpTypes>, 'fetch'>,
  options: ServerOptions,
): Promise<HttpServer> {
  const { host, port, path, reusePort = false, requestSeconds, refusedRequests } = options
  const refuse = (incoming: IncomingMessage, outgoing: ServerResponse, error: HooklineError) => {
    const { method = null, url = null, socket } = incoming
    const client = socket.remoteAddress ?? null
    refusedRequests.record({ method, path: url, client }, error)
    answerRefused(outgoing, error)
  }
  const handle = appHandler(app, (error, incoming, outgoing) => {
    refuse(incoming, outgoing, error)
  })
  const server = createServer(
    {
      requestTimeout: requestSeconds * 1000 + HEADERS_CHECK_MS,
      headersTimeout: Math.min(requestSeconds, 15) * 1000,
      connectionsCheckingInterval: HEADERS_CHECK_MS,
      keepAliveTimeout: 65_000,
      // Node.js would answer without a word: see `faultOf`.
      requireHostHeader: false,
    },
    (incoming: IncomingMessage, outgoing: ServerResponse) => {
      const fault = faultOf(incoming)
      if (fault !== null) refuse(incoming, outgoing, fault)
      else if (!options.intercept?.(incoming, outgoing)) void handle(incoming, outgoing)
    },
  )
  // Off: older versions of Node.js silently drop further headers, among them what a proxy added last. Counted above.
  server.maxHeadersCount = 0
  const connections = limitConnections(server, options.maxConnections, options.log)
  server.on('checkExpectation', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    refuse(
      incoming,
      outgoing,
      new HooklineError('expectation_failed', 'Expect is not 100-continue'),
    )
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const fault = answerClientError(error, socket)
    // Whoever leaves in the middle of a body is told of where that body is read.
    const hasLeft = error.code === 'HPE_INVALID_EOF_STATE' && connections.isSendingBody(socket)
    if (fault === null || hasLeft) return
    refusedRequests.record(
      { method: null, path: null, client: socket.remoteAddress ?? null },
      fault,
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFault(error, options)))
    server.listen(path === undefined ? { host, port, reusePort } : { path }, resolve)
  })
  const address = server.address() as AddressInfo | string
  return {
    port: typeof address === 'string' ? 0 : address.port,
    close(graceSeconds) {
      const closed = closeServer(server, graceSeconds)
      connections.endAll()
      return closed
    },
  }
}

/** Why a request cannot go on to the app; null if it can. */
function faultOf(incoming: IncomingMessage): HooklineError | null {
  if (incoming.rawHeaders.length > 2 * MAX_HEADERS) {
    return new HooklineError('headers_too_large', `There are more than ${MAX_HEADERS} headers`)
  }
  const malformed = hostFault(incoming)
  if (malformed !== null) return new HooklineError('http_malformed', malformed)
  if (!isAmbiguousTarget(incoming.url ?? '')) return null
  const message = 'The path has dot segments, empty segments, backslashes or encoded slashes'
  return new HooklineError('path_ambiguous', message)
}

async function closeServer(server: Server, graceSeconds: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), graceSeconds * 1000)
  await closed
  clearTimeout(timer)
}

function listenFault(error: NodeJS.ErrnoException, { host, port }: ServerOptions): Error {
  const details = { cause: error }
  switch (error.code) {
    case 'EADDRINUSE':
      return new HooklineError('address_in_use', `Port ${port} on ${host} is in use`, details)
    case 'EACCES':
    case 'EPERM': {
      const user = process.getuid?.() ?? 'of this process'
      const message = `User ${user} may not listen on port ${port} (${error.code})`
      return new HooklineError('port_refused', message, details)
    }
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN': {
      const message = `This machine cannot listen on the address ${host} (${error.code})`
      return new HooklineError('address_unavailable', message, details)
    }
    default:
      return error
  }
}

const CLIENT_ERRORS: Readonly<Record<string, { status: number; code: ErrorCode; detail: string }>> =
  {
    HPE_HEADER_OVERFLOW: {
      status: 431,
      code: 'headers_too_large',
      detail: 'The headers have more than 16 KiB',
    },
    ERR_HTTP_REQUEST_TIMEOUT: {
      status: 408,
      code: 'delivery_timeout',
      detail: 'The request did not arrive in time',
    },
  }

/** Answers a request that does not reach the app, and ends its connection. */
export function answerRefused(outgoing: ServerResponse, error: HooklineError): void {
  const problem = toProblem(error)
  outgoing.writeHead(problem.status, {
    'Content-Type': 'application/problem+json',
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
  })
  outgoing.end(JSON.stringify(problem))
}

/**
 * Answers a request that the parser of Node.js refused, which never reaches the app. Returns why it was refused; null if
 * the client had gone.
 */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): HooklineError | null {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return null
  }
  const known = CLIENT_ERRORS[error.code ?? ''] ?? {
    status: 400,
    code: 'http_malformed' as const,
    detail: 'The request is not valid HTTP/1.1',
  }
  const fault = new HooklineError(known.code, known.detail)
  const body = JSON.stringify({ ...toProblem(fault), status: known.status })
  socket.end(
    `HTTP/1.1 ${known.status} ${STATUS_CODES[known.status]}\r\nConnection: close\r\n` +
      `Content-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  return fault
}
