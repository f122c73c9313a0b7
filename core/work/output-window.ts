import type { LogStream } from '../contracts/executor.ts'

const MERGE_BYTES = 4096
const MERGE_MS = 200
/** Bounds what many tiny writes cost beyond their bytes. */
const MAX_PIECES = 4096

/** A piece of output, already redacted. */
export interface Piece {
  readonly stream: LogStream
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly text: string
  /** Of the text as UTF-8. */
  readonly bytes: number
}

export function createPiece(stream: LogStream, at: number, text: string): Piece {
  return { stream, at, text, bytes: Buffer.byteLength(text) }
}

/** Adds a piece; pieces of one stream and about one moment become one. */
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

/** Cuts a piece in two, the first of at most so many bytes, between characters. */
export function splitPiece(piece: Piece, bytes: number): readonly [Piece, Piece] {
  const encoded = Buffer.from(piece.text)
  let cut = Math.max(0, Math.min(bytes, encoded.length))
  // A byte 10xxxxxx continues a character.
  while (cut > 0 && ((encoded[cut] ?? 0) & 0xc0) === 0x80) cut--
  const part = (from: number, to: number): Piece => ({
    ...piece,
    text: encoded.toString('utf8', from, to),
    bytes: to - from,
  })
  return [part(0, cut), part(cut, encoded.length)]
}

/** The last pieces of an output, of at most so many bytes; memory stays below twice that. */
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

  /** What is kept, cut to the limit, and how many bytes before it are not. */
  take(): { readonly pieces: readonly Piece[]; readonly leftOutBytes: number } {
    this.#trim()
    return { pieces: this.#pieces, leftOutBytes: this.#leftOutBytes }
  }

  #trim(): void {
    const [first, ...rest] = this.#pieces
    const excess = this.#bytes - this.#limitBytes
    if (first === undefined || excess <= 0) return
    // The cut may fall within a character, which then goes too.
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
