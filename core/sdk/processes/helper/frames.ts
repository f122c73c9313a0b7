/**
 * The protocol between Hookline and a helper process that starts programs: frames, in both directions, over one socket.
 * A frame is the length of its body (4 bytes), its kind (1), the id of a run (4), all little endian, and the body.
 */
export const TO_HELPER = {
  /** Start a program. The body is fields, each ended by a NUL, and input. Each helper has its own fields. */
  start: 1,
  /** More of its input. */
  input: 2,
  /** The last of its input. */
  lastInput: 3,
  /** Its output is no longer wanted. */
  letGo: 4,
} as const

export const FROM_HELPER = {
  /** Programs can be started. The body may hold warnings. */
  ready: 0,
  stdout: 1,
  stderr: 2,
  status: 3,
  /** The body is the process id (4 bytes). */
  started: 4,
  /** Nothing was started. The body is the code of the error. */
  failed: 5,
  /** The body is the exit code, or the signal as a negative number (4 bytes). */
  ended: 6,
  /** It has ended, and all its output was sent. */
  finished: 7,
  /** The last part of the input was written: the next may follow. */
  more: 8,
} as const

const HEADER_BYTES = 9
const KIND_OFFSET = 4
const ID_OFFSET = 5

/** A part of a body. A text is written as UTF-8, without a buffer of its own. */
export type FramePart = string | Uint8Array

/** A frame as one buffer. */
export function encodeFrame(kind: number, id: number, ...parts: readonly FramePart[]): Buffer {
  const length = parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0)
  const frame = Buffer.allocUnsafe(HEADER_BYTES + length)
  frame.writeUInt32LE(length, 0)
  frame.writeUInt8(kind, KIND_OFFSET)
  frame.writeUInt32LE(id, ID_OFFSET)
  let offset = HEADER_BYTES
  for (const part of parts) {
    if (typeof part === 'string') offset += frame.write(part, offset)
    else {
      frame.set(part, offset)
      offset += part.length
    }
  }
  return frame
}

/** The body of a request to start a program. Throws where a field holds a NUL. */
export function encodeFields(fields: readonly string[]): string {
  if (fields.some((field) => field.includes('\0'))) {
    throw Object.assign(new Error('a field holds a NUL'), { code: 'ERR_INVALID_ARG_VALUE' })
  }
  return `${fields.join('\0')}\0`
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

  /** Calls `take` for each frame that the bytes complete. */
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
