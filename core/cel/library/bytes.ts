import { CODED_PER_STEP } from '../equality.ts'
import { fail } from '../errors.ts'
import { define } from '../functions.ts'
import { textOfBytes } from './conversions.ts'

const bytesCost = (bytes: Uint8Array) => bytes.length / CODED_PER_STEP
const sizeOf = (bytes: Uint8Array) => BigInt(bytes.length)

function at(bytes: Uint8Array, index: bigint): bigint {
  const byte = index >= 0n ? bytes[Number(index)] : undefined
  return byte === undefined ? fail('index_out_of_range', 'index out of range') : BigInt(byte)
}

function json(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(textOfBytes(bytes))
  } catch {
    return fail('invalid_json', 'the bytes are no JSON')
  }
}

/** `size` is of the standard; the others are additions of Hookline. */
export const BYTE_FUNCTIONS = [
  define('size(bytes): int', ["size(b'abc')", '3'], sizeOf),
  define('bytes.size(): int', ["b'abc'.size()", '3'], sizeOf),
  define('bytes.at(int): int', ["b'abc'.at(0)", '97'], at),
  define('bytes.string(): string', ["b'abc'.string()", "'abc'"], textOfBytes, bytesCost),
  define(
    'bytes.hex(): string',
    ["b'abc'.hex()", "'616263'"],
    (bytes: Uint8Array) => Buffer.from(bytes).toString('hex'),
    bytesCost,
  ),
  define(
    'bytes.base64(): string',
    ["b'abc'.base64()", "'YWJj'"],
    (bytes: Uint8Array) => Buffer.from(bytes).toString('base64'),
    bytesCost,
  ),
  define('bytes.json(): dyn', [`b'{"a": [1]}'.json().a[0]`, '1.0'], json, sizeOfNumber),
]

function sizeOfNumber(bytes: Uint8Array): number {
  return bytes.length
}
