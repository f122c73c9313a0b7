import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import type { Hono } from 'hono'
import type { RefusedRequests } from '../../api/http/refused-requests.ts'
import { answerRefused } from '../../api/http/server.ts'
import type { HttpTypes } from '../../api/http/types.ts'
import { HooklineError } from '../../errors/errors.ts'

/** Tells the main process from where a request came. Only receivers reach the socket on which it is read. */
const PEER = 'hookline-peer'
/** What concerns one connection only (RFC 9110, section 7.6.1), and what a receiver has answered itself. */
const OF_CONNECTION = ['connection', 'keep-alive', 'proxy-connection', 'upgrade', 'expect', PEER]
const MALFORMED = 'The request line or a header has characters that HTTP does not allow'
const UNANSWERED = 'The main process of the service did not answer'
const OF_ANSWER = ['connection', 'keep-alive', 'transfer-encoding']

export interface PassOnOptions {
  /** Of the main process. */
  readonly socketPath: string
  readonly refusedRequests: RefusedRequests
}

/** Passes a request on to the main process, with a connection of its own, and its answer back. */
export function passOn(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { socketPath, refusedRequests }: PassOnOptions,
): void {
  const { method = null, url = null, rawHeaders, socket } = incoming
  const client = socket.remoteAddress ?? null
  const refuse = (fault: HooklineError): void => {
    refusedRequests.record({ method, path: url, client }, fault)
    answerRefused(outgoing, fault)
  }
  const own = [PEER, client ?? '', 'Connection', 'keep-alive']
  const headers = [...without(rawHeaders, OF_CONNECTION), ...own]
  // HTTP/1.0 has no Host.
  if (incoming.headers.host === undefined) headers.push('Host', 'localhost')
  // An `import` would load what Node.js needs for its `fetch`, too.
  const { request } = process.getBuiltinModule('node:http')
  let passed: ClientRequest
  try {
    passed = request({ socketPath, method: method ?? '', path: url, headers, agent: false })
  } catch (cause) {
    // Node.js does not send all that it reads.
    refuse(new HooklineError('http_malformed', MALFORMED, { cause }))
    return
  }
  /** Whether the sender is. */
  let isGone = false
  passed.on('response', (answer) => {
    if (outgoing.headersSent) return
    const { statusCode = 500, statusMessage = '' } = answer
    const kept = without(answer.rawHeaders, OF_ANSWER)
    // The main process does not want the rest of the body.
    if (!incoming.complete) kept.push('Connection', 'close')
    outgoing.writeHead(statusCode, statusMessage, kept)
    outgoing.flushHeaders()
    pipeline(answer, outgoing, () => {})
  })
  passed.on('error', (cause) => {
    if (isGone) return
    if (outgoing.headersSent) outgoing.destroy()
    else refuse(new HooklineError('overloaded', UNANSWERED, { cause }))
  })
  const leave = () => {
    isGone = true
    passed.destroy()
  }
  outgoing.once('close', leave)
  incoming.on('error', leave)
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

/** Names and values in turns, without those of some names. */
function without(rawHeaders: readonly string[], names: readonly string[]): string[] {
  const kept: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2)
    if (!names.includes(name.toLowerCase())) kept.push(name, value)
  }
  return kept
}
