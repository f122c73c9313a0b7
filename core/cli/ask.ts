import type { IncomingMessage } from 'node:http'

export interface Asked {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** For the whole answer. */
  readonly seconds: number
}

/** An answer whose body can be read once. */
export interface Reply {
  readonly ok: boolean
  readonly status: number
  readonly url: string
  /** Value of a header, by its name in lower case; null if it is not there. */
  header(name: string): string | null
  bytes(): Promise<Buffer<ArrayBuffer>>
  text(): Promise<string>
}

/**
 * Like `fetch`, but follows no redirects, and is there at once: each command would wait 40 ms until Node.js has loaded its
 * `fetch`. An `import` of `node:http` loads that too.
 */
export async function ask(url: string, { method, headers, body, seconds }: Asked): Promise<Reply> {
  const { request } = process.getBuiltinModule(
    url.startsWith('https:') ? 'node:https' : 'node:http',
  )
  const signal = AbortSignal.timeout(seconds * 1000)
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { method, headers, signal }, resolve).on('error', reject).end(body)
  })
  const bytes = () => readAll(incoming)
  const { statusCode: status = 0 } = incoming
  const ok = status >= 200 && status < 300
  const header = (name: string) => incoming.headers[name]?.toString() ?? null
  return { ok, status, url, header, bytes, text: async () => (await bytes()).toString() }
}

async function readAll(incoming: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  return Buffer.concat(chunks)
}
