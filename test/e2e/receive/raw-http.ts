import { connect } from 'node:net'

export interface RawAnswer {
  readonly status: number
  readonly code: string | null
  readonly text: string
}

export interface RawRequest {
  readonly url: string
  /** Pieces written one after another, `pauseMs` apart. */
  readonly pieces: readonly (string | Uint8Array)[]
  readonly pauseMs?: number
  /** Ends our side after the last piece. */
  readonly end?: boolean
}

const LIMIT_MS = 15_000

/** Writes bytes to a server as they are, well formed or not, and reads what comes until it closes or has answered. */
export function sendRaw({ url, pieces, pauseMs = 0, end = false }: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    let text = ''
    const timer = setTimeout(() => socket.destroy(new Error(`no answer: ${text}`)), LIMIT_MS)
    const finish = () => {
      clearTimeout(timer)
      socket.destroy()
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)
      resolve({ status, code: /"code":"(\w+)"/.exec(text)?.[1] ?? null, text })
    }
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      const [head, body] = text.split('\r\n\r\n', 2)
      const length = /content-length: (\d+)/i.exec(head ?? '')?.[1]
      if (length !== undefined && body !== undefined && body.length >= Number(length)) finish()
    })
    socket.on('close', finish)
    socket.on('error', (error) => {
      // A server may close before it has read all: what it answered counts.
      if (text === '') reject(error)
    })
    socket.on('connect', () => void writeAll())
    const writeAll = async () => {
      for (const piece of pieces) {
        if (!socket.writable) return
        socket.write(piece)
        if (pauseMs > 0) await new Promise((resume) => setTimeout(resume, pauseMs))
      }
      if (end) socket.end()
    }
  })
}
