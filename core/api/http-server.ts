import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { type ErrorCode, HooklineError } from '../kit/errors.ts'
import { toProblem } from './problem.ts'
import type { HttpTypes } from './services.ts'

export interface ServerOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** Time in which a whole request must have come. */
  readonly requestSeconds: number
}

const HEADERS_CHECK_MS = 1000
const MAX_HEADERS = 200

/** A listening HTTP server. */
export interface HttpServer {
  readonly port: number
  /** Takes no new connections, lets requests under way end within the limit, then closes what is left. */
  close(graceSeconds: number): Promise<void>
}

/** Serves an app. Throws `address_in_use`. */
export async function listen(app: Hono<HttpTypes>, options: ServerOptions): Promise<HttpServer> {
  const handle = getRequestListener(app.fetch, { overrideGlobalObjects: true })
  const server = createServer(
    {
      requestTimeout: options.requestSeconds * 1000 + HEADERS_CHECK_MS,
      headersTimeout: Math.min(options.requestSeconds, 15) * 1000,
      connectionsCheckingInterval: HEADERS_CHECK_MS,
      keepAliveTimeout: 65_000,
    },
    (incoming: IncomingMessage, outgoing: ServerResponse) => {
      if (incoming.rawHeaders.length > 2 * MAX_HEADERS) refuseHeaders(outgoing)
      else void handle(incoming, outgoing)
    },
  )
  // Older Node.js drops what is over in silence: what a proxy wrote at the end, of whose call it is. All are counted above.
  server.maxHeadersCount = 0
  server.on('clientError', answerClientError)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFault(error, options)))
    server.listen(options.port, options.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return { port, close: (graceSeconds) => closeServer(server, graceSeconds) }
}

async function closeServer(server: Server, graceSeconds: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), graceSeconds * 1000)
  await closed
  clearTimeout(timer)
}

function listenFault(error: NodeJS.ErrnoException, { host, port }: ServerOptions): Error {
  if (error.code !== 'EADDRINUSE') return error
  return new HooklineError('address_in_use', `Port ${port} on ${host} is in use`, { cause: error })
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

function refuseHeaders(outgoing: ServerResponse): void {
  const detail = `There are more than ${MAX_HEADERS} headers`
  const problem = toProblem(new HooklineError('headers_too_large', detail))
  outgoing.writeHead(problem.status, {
    'Content-Type': 'application/problem+json',
    Connection: 'close',
  })
  outgoing.end(JSON.stringify(problem))
}

// What node's parser refuses never reaches the app, yet its sender is told in the same form.
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const known = CLIENT_ERRORS[error.code ?? ''] ?? {
    status: 400,
    code: 'http_malformed' as const,
    detail: 'The request is not valid HTTP/1.1',
  }
  const body = JSON.stringify({
    ...toProblem(new HooklineError(known.code, known.detail)),
    status: known.status,
  })
  socket.end(
    `HTTP/1.1 ${known.status} ${STATUS_CODES[known.status]}\r\nConnection: close\r\n` +
      `Content-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
