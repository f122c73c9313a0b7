import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const PIECE_BYTES = 1000
/** A browser draws what it has in less than that. */
const PAUSE_MS = 40

/** A way to a service on which its pages come in pieces, as over a slow network. */
export interface SlowPages {
  readonly url: string
  close(): void
}

export async function startSlowPages(target: string): Promise<SlowPages> {
  const server = createServer((asked, answer) => {
    const { method = 'GET', url = '/' } = asked
    const { host } = new URL(target)
    const headers = { ...asked.headers, host, 'accept-encoding': 'identity' }
    const onward = request(new URL(url, target), { method, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers)
      const isPage = given.headers['content-type']?.startsWith('text/html') === true
      if (isPage) void sendInPieces(given, answer)
      else given.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    answer.on('close', () => onward.destroy())
    asked.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function sendInPieces(given: IncomingMessage, answer: ServerResponse): Promise<void> {
  const page = Buffer.concat(await given.toArray())
  for (let at = 0; at < page.length && !answer.destroyed; at += PIECE_BYTES) {
    answer.write(page.subarray(at, at + PIECE_BYTES))
    await sleep(PAUSE_MS)
  }
  answer.end()
}
