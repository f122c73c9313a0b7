import type { Duplex } from 'node:stream'
import { deserialize, serialize } from 'node:v8'

const LENGTH_BYTES = 4

/** Sends messages over a stream between two processes of a node: each is its length and its copy by `node:v8`. */
export class MessageStream<Sent, Received> {
  readonly #stream: Duplex
  readonly #onMessage: (message: Received) => void
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(stream: Duplex, onMessage: (message: Received) => void) {
    this.#stream = stream
    this.#onMessage = onMessage
    // Whoever started or was started by the other process learns of its end by itself.
    stream.on('error', () => {})
    stream.on('data', (chunk: Buffer) => this.#take(chunk))
  }

  /** Throws, and has sent nothing, if the message has something that cannot be copied, such as a function. */
  send(message: Sent): void {
    const body = serialize(message)
    const length = Buffer.allocUnsafe(LENGTH_BYTES)
    length.writeUInt32LE(body.byteLength)
    this.#stream.cork()
    this.#stream.write(length)
    this.#stream.write(body)
    this.#stream.uncork()
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.byteLength
    for (let length = this.#length(); length !== null; length = this.#length()) {
      if (this.#bytes < LENGTH_BYTES + length) return
      const bytes = this.#whole()
      const end = LENGTH_BYTES + length
      const rest = bytes.subarray(end)
      this.#chunks = rest.byteLength === 0 ? [] : [rest]
      this.#bytes = rest.byteLength
      this.#onMessage(deserialize(bytes.subarray(LENGTH_BYTES, end)) as Received)
    }
  }

  /** Length of the next message; null if not even that has come. */
  #length(): number | null {
    if (this.#bytes < LENGTH_BYTES) return null
    if ((this.#chunks[0]?.byteLength ?? 0) < LENGTH_BYTES) this.#chunks = [this.#whole()]
    return this.#chunks[0]?.readUInt32LE() ?? null
  }

  #whole(): Buffer {
    const [first, ...more] = this.#chunks
    return first !== undefined && more.length === 0 ? first : Buffer.concat(this.#chunks)
  }
}
