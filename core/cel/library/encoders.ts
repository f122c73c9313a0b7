import { CODED_PER_STEP } from '../equality.ts'
import { fail } from '../errors.ts'
import { define } from '../functions.ts'
import { characterCost } from './strings.ts'

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

function decode(text: string): Uint8Array {
  if (!BASE64.test(text)) fail('invalid_base64', 'the text is no base64')
  return new Uint8Array(Buffer.from(text, 'base64'))
}

/** https://github.com/google/cel-go/tree/master/ext#encoders */
export const ENCODERS = [
  define(
    'base64.encode(bytes): string',
    ["base64.encode(b'hello')", "'aGVsbG8='"],
    (bytes: Uint8Array) => Buffer.from(bytes).toString('base64'),
    (bytes: Uint8Array) => bytes.length / CODED_PER_STEP,
  ),
  define(
    'base64.decode(string): bytes',
    ["base64.decode('aGVsbG8=')", "b'hello'"],
    decode,
    characterCost,
  ),
]
