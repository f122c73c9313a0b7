import type { LogStream } from '../contracts/executor.ts'

const MERGE_BYTES = 4096
const MERGE_MS = 200
/** Limits the memory that many tiny writes need beyond their bytes. */
const MAX_PIECES = 4096

/** A piece of redacted output. */
export interface Piece {
  readonly stream: LogStream
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly text: string
  /** Length of the text in UTF-8. */
  readonly bytes: number
}

export function createPiece(stream: LogStream, at: number, text: string): Piece {
  return { stream, at, text, bytes: Buffer.byteLength(text) }
}

/** Appends a piece. Small pieces of the same stream and about the same time are merged. */
export function addPiece(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1)
  const merge =
    last !== undefined &&
    last.stream === piece.stream &&
    last.bytes + piece.bytes <= MERGE_BYTES &&
    piece.at - last.at < MERGE_MS
  if (merge) {
    pieces[pieces.length - 1] = {
      ...last,
      text: last.text + piece.text,
      bytes: last.bytes + piece.bytes,
    }
  } else pieces.push(piece)
}

/** Splits a piece between two characters; the first part has at most `bytes` bytes. */
export function splitPiece(piece: Piece, bytes: number): readonly [Piece, Piece] {
  const encoded = Buffer.from(piece.text)
  let cut = Math.max(0, Math.min(bytes, encoded.length))
  // A byte 10xxxxxx is a continuation of a character.
  while (cut > 0 && ((encoded[cut] ?? 0) & 0xc0) === 0x80) cut--
  const part = (from: number, to: number): Piece => ({
    ...piece,
    text: encoded.toString('utf8', from, to),
    bytes: to - from,
  })
  return [part(0, cut), part(cut, encoded.length)]
}

/** Keeps the end of an output, up to a number of bytes. Uses less memory than twice that number. */
export class OutputTail {
  readonly #limitBytes: number
  #pieces: Piece[] = []
  #bytes = 0
  #leftOutBytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  add(piece: Piece): void {
    addPiece(this.#pieces, piece)
    this.#bytes += piece.bytes
    let drop = 0
    for (const first of this.#pieces) {
      const tooMany = this.#pieces.length - drop > MAX_PIECES
      if (!tooMany && this.#bytes - first.bytes < this.#limitBytes) break
      this.#leaveOut(first.bytes)
      drop++
    }
    if (drop > 0) this.#pieces = this.#pieces.slice(drop)
    if (this.#bytes > 2 * this.#limitBytes) this.#trim()
  }

  /** The kept end of the output, and the number of bytes left out before it. */
  take(): { readonly pieces: readonly Piece[]; readonly leftOutBytes: number } {
    this.#trim()
    return { pieces: this.#pieces, leftOutBytes: this.#leftOutBytes }
  }

  #trim(): void {
    const [first, ...rest] = this.#pieces
    const excess = this.#bytes - this.#limitBytes
    if (first === undefined || excess <= 0) return
    // If the cut falls within a character, the whole character is left out.
    let [cut, kept] = splitPiece(first, excess)
    if (cut.bytes < excess) [cut, kept] = splitPiece(first, excess + 4 - 1)
    this.#pieces = kept.bytes > 0 ? [kept, ...rest] : rest
    this.#leaveOut(cut.bytes)
  }

  #leaveOut(bytes: number): void {
    this.#bytes -= bytes
    this.#leftOutBytes += bytes
  }
}
