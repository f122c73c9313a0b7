import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { http } from 'hookline/executors'
import type { ExecutorInstance, PluginContext } from 'hookline/sdk/executor'
import { SILENT_LOGGER } from '../../../../core/kit/silent-logger.ts'

/** A request as it arrived. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly rawHeaders: readonly string[]
  readonly body: string
}

/** Answers one request; without an answer of its own, 200 with no body. */
export type Answer = (seen: Seen, response: ServerResponse) => void

/** A server on this machine that keeps what it was sent. */
export interface Counterpart extends AsyncDisposable {
  readonly origin: string
  readonly port: number
  readonly seen: readonly Seen[]
}

/** The time that executors under test go by. */
export const NOW = Date.UTC(2026, 0, 1)

/** Starts a counterpart on a free port. */
export async function startCounterpart(answer: Answer = ok): Promise<Counterpart> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const chunks: Uint8Array[] = []
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers, rawHeaders } = request
      const one = { method, url, headers, rawHeaders, body: Buffer.concat(chunks).toString() }
      seen.push(one)
      answer(one, response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function ok(_seen: Seen, response: ServerResponse): void {
  response.end()
}

const context: PluginContext = {
  name: 'call',
  baseDir: import.meta.dirname,
  dataDir: import.meta.dirname,
  logger: SILENT_LOGGER,
  clock: () => NOW,
}

/** An http executor from options as a config holds them. */
export function createHttp(options: Readonly<Record<string, unknown>>): ExecutorInstance {
  const { definition } = http
  return definition.create(definition.options.strict().parse(options), context)
}

/** An http executor that may call a counterpart. */
export function createLocalHttp(options: Readonly<Record<string, unknown>>): ExecutorInstance {
  return createHttp({ allowHttp: true, allowPrivate: ['127.0.0.1'], ...options })
}
