import { readFileSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { BoundedLog } from '../../kit/bounded-log.ts'

/** Descriptors that Node.js, the store, the log and the helper processes need. */
const OWN_DESCRIPTORS = 48
/** Descriptors of one running program: its three streams, and what the start takes for a moment. */
const DESCRIPTORS_PER_PROGRAM = 6
const MIN_CONNECTIONS = 8
/** A body that takes longer may be given up for a new connection. */
const SLOW_BODY_MS = 2000

/**
 * How many connections a node may hold, so that descriptors are left for the store and for `concurrency` programs.
 * Infinity if the system does not tell its limit of descriptors (only Linux does).
 */
export function maxConnections(concurrency: number, descriptors = descriptorLimit()): number {
  const left = descriptors - OWN_DESCRIPTORS - DESCRIPTORS_PER_PROGRAM * concurrency
  return Math.max(MIN_CONNECTIONS, left)
}

/** The soft limit of open files of this process. */
function descriptorLimit(): number {
  try {
    const [, limit] =
      /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

interface OpenConnection {
  readonly address: string
  /** Requests that are being answered. */
  requests: number
  /** The answer to the last of them. */
  response: ServerResponse<IncomingMessage> | null
  /** When it began, in milliseconds of `performance.now()`. */
  beganAt: number
}

/** The open connections of a server. */
interface Connections {
  /** Whether one has begun a request whose body has not come yet. */
  isSendingBody(socket: Socket): boolean
  /** Ends each with the answer to its request, once the server does not listen any more. */
  endAll(): void
}

/**
 * Keeps a server within a number of connections. If all are taken, a new one replaces the connection that has been idle
 * longest, of the address that holds most. If none is idle, it replaces one whose body has been coming for more than
 * `SLOW_BODY_MS`, chosen in the same way. If there is none of these either, the new one is closed.
 */
export function limitConnections(server: Server, max: number, log: BoundedLog): Connections {
  // In the order in which they became idle.
  const connections = new Map<Socket, OpenConnection>()
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? 'unknown'
    if (connections.size >= max) {
      const idle = longest(connections, isIdle) ?? longest(connections, isSlow)
      const closed = idle ?? socket
      const client = idle === null ? address : connections.get(idle)?.address
      log.write(
        'warn',
        `connections ${client}`,
        { client, max },
        'too many connections: one closed',
      )
      connections.delete(closed)
      closed.destroy()
      if (idle === null) return
    }
    connections.set(socket, { address, requests: 0, response: null, beganAt: 0 })
    socket.once('close', () => connections.delete(socket))
  })
  server.on('request', (request, response) => {
    const { socket } = request
    const connection = connections.get(socket)
    if (connection === undefined) return
    connection.requests++
    connection.response = response
    connection.beganAt = performance.now()
    if (!server.listening) keepNot(response)
    response.once('close', () => {
      connection.requests--
      // Node.js would keep it, and so hold up the end of the server.
      if (!server.listening && isIdle(connection)) socket.end()
      if (connections.delete(socket)) connections.set(socket, connection)
    })
  })
  return {
    isSendingBody: (socket) => connections.get(socket)?.response?.req.complete === false,
    endAll() {
      for (const { response } of connections.values()) if (response !== null) keepNot(response)
    },
  }
}

// The sender is told, so that it sends nothing that nobody would read.
function keepNot(response: ServerResponse): void {
  response.shouldKeepAlive = false
}

function isIdle({ requests }: OpenConnection): boolean {
  return requests === 0
}

function isSlow({ requests, response, beganAt }: OpenConnection): boolean {
  return (
    requests === 1 && response?.req.complete === false && performance.now() - beganAt > SLOW_BODY_MS
  )
}

function longest(
  connections: ReadonlyMap<Socket, OpenConnection>,
  isFree: (connection: OpenConnection) => boolean,
): Socket | null {
  const held = new Map<string, number>()
  for (const { address } of connections.values()) held.set(address, (held.get(address) ?? 0) + 1)
  let found: Socket | null = null
  let most = 0
  for (const [socket, connection] of connections) {
    const count = held.get(connection.address) ?? 0
    if (count <= most || !isFree(connection)) continue
    found = socket
    most = count
  }
  return found
}
