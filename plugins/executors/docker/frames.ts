import type { LogStream } from '../../../core/sdk/executor.ts'

const HEADER_BYTES = 8
const STDERR = 2

/**
 * Splits the multiplexed output of a container into its streams. Each frame has a header: one byte for the stream, three
 * zeros, and four bytes for the size of the data that follows. Chunks may be cut anywhere.
 */
export function demultiplexer(
  write: (stream: LogStream, chunk: Uint8Array) => void,
): (chunk: Uint8Array) => void {
  const header = new Uint8Array(HEADER_BYTES)
  const view = new DataView(header.buffer)
  let headerBytes = 0
  let left = 0
  return (chunk) => {
    let at = 0
    while (at < chunk.byteLength) {
      if (left > 0) {
        const part = chunk.subarray(at, at + left)
        write(header[0] === STDERR ? 'stderr' : 'stdout', part)
        at += part.byteLength
        left -= part.byteLength
        continue
      }
      const part = chunk.subarray(at, at + HEADER_BYTES - headerBytes)
      header.set(part, headerBytes)
      headerBytes += part.byteLength
      at += part.byteLength
      if (headerBytes === HEADER_BYTES) {
        left = view.getUint32(4)
        headerBytes = 0
      }
    }
  }
}
