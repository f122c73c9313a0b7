import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answer } from '../../contracts/delivery.ts'
import { faultToRecord } from '../http/answer-errors.ts'
import { addressOf } from '../http/caller.ts'
import { problemAnswer } from '../http/problem.ts'
import { readIncoming } from '../http/read-body.ts'
import type { Services } from '../services.ts'
import type { AcceptWebhook } from './accept-webhook.ts'
import { hasAnsweringRules } from './answering-rules.ts'

/** Other ways to write the path are left to the app. */
const USUAL_PATH = /^\/api\/webhooks\/([\w.-]+)(?:\?|$)/

const REST_MS = 500

/** Answers a request in place of the app, or returns false. */
export type Direct = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean

/**
 * Answers the usual deliveries, a POST to the path of a source, without the app and the web's `Request` and `Response`:
 * those cost each accept some microseconds, and a start 40 ms (see `appHandler`). A rule that answers needs the app.
 */
export function createDirect(
  accept: AcceptWebhook,
  { config, refusedRequests }: Pick<Services, 'config' | 'refusedRequests'>,
): Direct {
  const answerFault = (error: unknown, incoming: IncomingMessage, source: string): Answer => {
    const fault = faultToRecord(error, true)
    if (fault !== null) {
      const { headers, socketAddress } = headOf(incoming, source)
      const client = addressOf({ headers, socketAddress }, config().settings.trustedProxies)
      refusedRequests.record({ method: 'POST', path: incoming.url ?? '', client }, fault)
    }
    return problemAnswer(error)
  }
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse, source: string) => {
    try {
      const accepted = await accept({
        head: headOf(incoming, source),
        readBody: (limits) => readIncoming(incoming, limits),
      })
      send(accepted.answer, incoming, outgoing)
    } catch (error) {
      send(answerFault(error, incoming, source), incoming, outgoing)
    }
  }
  return (incoming, outgoing) => {
    if (incoming.method !== 'POST') return false
    const [, source] = USUAL_PATH.exec(incoming.url ?? '') ?? []
    if (source === undefined || hasAnsweringRules(config())) return false
    void answer(incoming, outgoing, source)
    return true
  }
}

function headOf({ url = '', headers, socket }: IncomingMessage, source: string) {
  return {
    ...{ source, method: 'POST', path: url, socketAddress: socket.remoteAddress ?? null },
    headers: headers as Readonly<Record<string, string | undefined>>,
  }
}

function send(
  { status, headers, body }: Answer,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
  if (!incoming.complete) outgoing.once('finish', () => endSoon(incoming))
  outgoing.writeHead(status, { ...headers, ...length }).end(body)
}

/** A sender whose body was not wanted may send the rest of it for a moment. Then its connection is closed. */
function endSoon(incoming: IncomingMessage): void {
  const timer = setTimeout(() => incoming.socket.destroy(), REST_MS)
  incoming.once('close', () => clearTimeout(timer)).resume()
}
