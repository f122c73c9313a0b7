import { StoreFault } from '../database/fault.ts'
import { createPacker, type Packer, unpackAlone } from './packer.ts'

/** Smaller bodies share a page with others as they are. */
const MIN_BYTES = 1_024
/** What becomes larger than this, as sealed bodies do, is stored as it is. */
const MAX_SHARE = 2 / 3

/** Of the thread. Null: there is none yet, or the last one had an error. */
let packer: Packer | null = null
let canPack = true

/** A body as it is stored, and its value of `unpacked_bytes`. */
export function packBody(body: Uint8Array): readonly [stored: Uint8Array, bytes: number | null] {
  if (body.byteLength < MIN_BYTES) return [body, null]
  try {
    const packed = openPacker()?.pack(body)
    if (packed !== undefined && packed.byteLength <= body.byteLength * MAX_SHARE) {
      return [packed, body.byteLength]
    }
  } catch {
    // There is no memory for it now.
    packer = null
  }
  return [body, null]
}

/** Undoes `packBody`. Throws `store_damaged`. */
export function unpackBody(stored: Uint8Array, bytes: number | null): Uint8Array {
  if (bytes === null) return stored
  try {
    const body = openPacker()?.unpack(stored)
    if (body?.byteLength === bytes) return body
  } catch {
    // Tried again below.
  }
  packer = null
  return unpackSlowly(stored, bytes)
}

function unpackSlowly(stored: Uint8Array, bytes: number): Uint8Array {
  let cause: unknown
  try {
    const body = unpackAlone(stored, bytes)
    if (body.byteLength === bytes) return body
  } catch (error) {
    cause = error
  }
  throw new StoreFault('store_damaged', 'The database is damaged: a body is broken.', cause)
}

function openPacker(): Packer | null {
  if (packer === null && canPack) {
    packer = createPacker()
    canPack = packer !== null
  }
  return packer
}
