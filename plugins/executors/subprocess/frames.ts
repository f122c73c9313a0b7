/** Kinds of frames to the launcher; `launcher.py` describes them. */
export const TO_LAUNCHER = { start: 1, input: 2, lastInput: 3, letGo: 4 } as const

/** Kinds of frames from the launcher. */
export const FROM_LAUNCHER = {
  ready: 0,
  stdout: 1,
  stderr: 2,
  status: 3,
  started: 4,
  failed: 5,
  ended: 6,
  finished: 7,
  more: 8,
} as const

const HEADER_BYTES = 9
const KIND_OFFSET = 4
const ID_OFFSET = 5

/** A frame as one buffer. */
export function encodeFrame(kind: number, id: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const frame = Buffer.allocUnsafe(HEADER_BYTES + length)
  frame.writeUInt32LE(length, 0)
  frame.writeUInt8(kind, KIND_OFFSET)
  frame.writeUInt32LE(id, ID_OFFSET)
  let offset = HEADER_BYTES
  for (const part of parts) {
    frame.set(part, offset)
    offset += part.length
  }
  return frame
}

export interface Frame {
  readonly kind: number
  readonly id: number
  /** Part of the memory that was given to `read`. */
  readonly body: Buffer
}

/** Takes frames out of a stream of bytes. */
export class FrameReader {
  #rest: Buffer | null = null

  /** Hands on the frames that the bytes complete. */
  read(bytes: Buffer, take: (frame: Frame) => void): void {
    const data = this.#rest === null ? bytes : Buffer.concat([this.#rest, bytes])
    let offset = 0
    while (data.length - offset >= HEADER_BYTES) {
      const start = offset + HEADER_BYTES
      const end = start + data.readUInt32LE(offset)
      if (end > data.length) break
      const kind = data.readUInt8(offset + KIND_OFFSET)
      const id = data.readUInt32LE(offset + ID_OFFSET)
      offset = end
      take({ kind, id, body: data.subarray(start, end) })
    }
    this.#rest = offset === data.length ? null : data.subarray(offset)
  }
}
