import { urlDecoded } from '../kit/encoding.ts'
import type { DeliveryParts } from '../matching/received-delivery.ts'
import { REDACTED } from '../redaction/redacted.ts'

export type MacEncoding = 'hex' | 'base64' | 'base64url' | 'base64 of hex'

/** What looks like a MAC in the value of a header. */
export interface Mac {
  readonly header: string
  readonly bytes: Buffer
  readonly encoding: MacEncoding
  /** The rest of the header's value, around the MAC. */
  readonly before: string
  readonly after: string
}

type Headers = DeliveryParts['headers']

const MAC_BYTES = [20, 32, 48, 64]
const MAX_MACS = 8
const MAX_HEADER_LENGTH = 4096
const RUN = /[0-9a-f]{40,128}(?![0-9A-Za-z+/_-])|[A-Za-z0-9+/_-]{27,172}={0,2}/gi

/** Everything in the headers that looks like a MAC of SHA-1, 256, 384 or 512; at most 8. */
export function findMacs(headers: Headers): readonly Mac[] {
  return Object.entries(headers)
    .flatMap(([header, value]) => (value === undefined ? [] : macsIn(header, value)))
    .slice(0, MAX_MACS)
}

/** A MAC in the form of another one. */
export function writeMac({ bytes }: Mac, { before, after, encoding }: Mac): string {
  const text =
    encoding === 'base64 of hex'
      ? Buffer.from(bytes.toString('hex')).toString('base64')
      : bytes.toString(encoding)
  return before + text + after
}

function macsIn(header: string, value: string): readonly Mac[] {
  if (value === REDACTED || value.length > MAX_HEADER_LENGTH) return []
  const text = urlDecoded(value)
  return [...text.matchAll(RUN)].flatMap((match) => {
    const [run] = match
    const around = {
      before: text.slice(0, match.index),
      after: text.slice(match.index + run.length),
    }
    const read = readMac(run)
    return read === null ? [] : [{ header, ...around, ...read }]
  })
}

function readMac(run: string): Pick<Mac, 'bytes' | 'encoding'> | null {
  if (/^[0-9a-f]+$/i.test(run) && MAC_BYTES.includes(run.length / 2)) {
    return { bytes: Buffer.from(run, 'hex'), encoding: 'hex' }
  }
  const bytes = Buffer.from(run, 'base64')
  const inner = bytes.toString('latin1')
  if (/^[0-9a-f]+$/i.test(inner) && MAC_BYTES.includes(inner.length / 2)) {
    return { bytes: Buffer.from(inner, 'hex'), encoding: 'base64 of hex' }
  }
  if (!MAC_BYTES.includes(bytes.byteLength)) return null
  const isUrl = /[-_]/.test(run) || !run.endsWith('=')
  return { bytes, encoding: isUrl ? 'base64url' : 'base64' }
}
