import { StoreFault } from '../database/fault.ts'
import { createPacker, type Packer, unpackAlone } from './packer.ts'

/** Smaller bodies share a page with others as they are. */
const MIN_BYTES = 1_024
/** What becomes larger than this, as sealed bodies do, is stored as it is. */
const MAX_SHARE = 2 / 3
const NO_MEMORY = ['ZSTD_error_memory_allocation', 'ERR_MEMORY_ALLOCATION_FAILED']

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

/** Undoes `packBody`. Throws `body_broken`, or what the system throws if it has no memory for it. */
export function unpackBody(
  stored: Uint8Array,
  bytes: number | null,
  deliveryId: string,
): Uint8Array {
  if (bytes === null) return stored
  try {
    const body = openPacker()?.unpack(stored)
    if (body?.byteLength === bytes) return body
  } catch {
    // Tried again below.
  }
  packer = null
  const body = unpackSlowly(stored, bytes)
  if (body?.byteLength === bytes) return body
  throw new StoreFault('body_broken', `The stored body of ${deliveryId} is broken.`)
}

/** Null if it is broken. */
function unpackSlowly(stored: Uint8Array, bytes: number): Uint8Array | null {
  try {
    return unpackAlone(stored, bytes)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : null
    // The engine of JavaScript gives no code to its own errors, of which only want of memory is possible.
    if (code === null || NO_MEMORY.includes(code)) throw error
    return null
  }
}

function openPacker(): Packer | null {
  if (packer === null && canPack) {
    packer = createPacker()
    canPack = packer !== null
  }
  return packer
}
