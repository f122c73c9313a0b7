import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import type { Hono } from 'hono'
import { toProblem } from '../../api/http/problem.ts'
import type { HttpTypes } from '../../api/http/types.ts'
import { HooklineError } from '../../errors/errors.ts'

/** Tells the main process from where a request came. Only receivers reach the socket on which it is read. */
const PEER = 'hookline-peer'
/** What concerns one connection only (RFC 9110, section 7.6.1), and what a receiver has answered itself. */
const OF_CONNECTION = ['connection', 'keep-alive', 'proxy-connection', 'upgrade', 'expect', PEER]
const OF_ANSWER = ['connection', 'keep-alive', 'transfer-encoding']

/** Passes a request on to the main process, with a connection of its own, and its answer back. */
export function passOn(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  socketPath: string,
): void {
  const { method, url, rawHeaders, socket } = incoming
  const own = [PEER, socket.remoteAddress ?? '', 'Connection', 'keep-alive']
  const headers = [...without(rawHeaders, OF_CONNECTION), ...own]
  // HTTP/1.0 has no Host.
  if (incoming.headers.host === undefined) headers.push('Host', 'localhost')
  const passed = request({ socketPath, method, path: url, headers, agent: false })
  passed.on('response', (answer) => {
    const { statusCode = 500, statusMessage = '' } = answer
    const kept = without(answer.rawHeaders, OF_ANSWER)
    // The main process does not want the rest of the body.
    if (!incoming.complete) kept.push('Connection', 'close')
    outgoing.writeHead(statusCode, statusMessage, kept)
    outgoing.flushHeaders()
    pipeline(answer, outgoing, () => {})
  })
  passed.on('error', (cause) => {
    if (outgoing.headersSent) outgoing.destroy()
    else refuse(outgoing, cause)
  })
  outgoing.once('close', () => passed.destroy())
  incoming.on('error', () => passed.destroy())
  incoming.pipe(passed)
}

/** The app of the main process as receivers reach it. */
export function passedOnApp(app: Hono<HttpTypes>): Pick<Hono<HttpTypes>, 'fetch'> {
  return {
    async fetch(request, env: HttpTypes['Bindings'] = {}, ...more) {
      const headers = env.incoming?.headers ?? {}
      const peer = headers[PEER]
      delete headers[PEER]
      const connectedAddress = typeof peer === 'string' && peer !== '' ? peer : undefined
      const answer = await app.fetch(request, { ...env, connectedAddress }, ...more)
      // A receiver that still sends a body could not read an answer before the end of the connection.
      answer.headers.delete('connection')
      return answer
    },
  }
}

function refuse(outgoing: ServerResponse, cause: Error): void {
  const message = 'The main process of the service did not answer'
  const problem = toProblem(new HooklineError('overloaded', message, { cause }))
  outgoing.writeHead(problem.status, {
    'Content-Type': 'application/problem+json',
    'X-Content-Type-Options': 'nosniff',
    'Retry-After': '1',
    Connection: 'close',
  })
  outgoing.end(JSON.stringify(problem))
}

/** Names and values in turns, without those of some names. */
function without(rawHeaders: readonly string[], names: readonly string[]): string[] {
  const kept: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2)
    if (!names.includes(name.toLowerCase())) kept.push(name, value)
  }
  return kept
}
