import { createSecretKey, type KeyObject } from 'node:crypto'
import { bytesEqual } from '../kit/constant-time.ts'
import { decodeStrictly } from '../kit/encoding.ts'
import type { DeliveryParts } from '../matching/received-delivery.ts'
import { computeHmac, type SignedContent } from '../sdk/signing/hmac.ts'
import { signedTemplate } from '../sdk/signing/signed-template.ts'
import type { ExpectedSignature } from './expected.ts'
import { type Finding, finding } from './finding.ts'
import { findMacs, type Mac } from './mac.ts'
import { namedTimes } from './times.ts'
import type { Budget } from './trials.ts'

const ALGORITHMS = { 20: 'sha1', 32: 'sha256', 48: 'sha384', 64: 'sha512' } as const
const TEMPLATES = [
  '{body}',
  '{timestamp}.{body}',
  '{timestamp}{body}',
  '{timestamp}:{body}',
  'v0:{timestamp}:{body}',
  '{body}{timestamp}',
  '{id}.{timestamp}.{body}',
  '{id}{timestamp}{body}',
  '{url}{body}',
  '{body}{url}',
  '{path}{body}',
  '{method}{url}{body}',
  '{method}{url}{body}{timestamp}',
  '{method}{path}{body}',
  '{timestamp}{method}{path}{body}',
]
const MAX_IDS = 3

interface Key {
  readonly key: KeyObject
  /** How the key was derived from the secret; empty if it is the secret itself. */
  readonly how: string
}

interface Content {
  readonly template: string
  readonly content: SignedContent
}

/**
 * Finds out what was signed, if the delivery has any common HMAC under a secret of the source. That includes signatures
 * that the source would never accept, such as an older algorithm.
 */
export async function readSignature(
  parts: DeliveryParts,
  {
    secrets,
    expected,
    budget,
  }: { secrets: readonly string[]; expected: ExpectedSignature; budget: Budget },
): Promise<Finding | null> {
  const keys = secrets.flatMap(keysOf)
  const contents = contentsOf(parts)
  for (const mac of findMacs(parts.headers)) {
    const algorithm = ALGORITHMS[mac.bytes.byteLength as keyof typeof ALGORITHMS]
    for (const { template, content } of contents) {
      for (const { key, how } of keys) {
        if (budget.isSpent) return null
        budget.trials++
        await budget.yield()
        if (!bytesEqual(computeHmac(algorithm, key, content), mac.bytes)) continue
        return describeMatch({ mac, algorithm, template, how, expected })
      }
    }
  }
  return null
}

interface SignatureMatch {
  readonly mac: Mac
  readonly algorithm: string
  readonly template: string
  readonly how: string
  readonly expected: ExpectedSignature
}

function describeMatch({ mac, algorithm, template, how, expected }: SignatureMatch): Finding {
  const signed = `Header ${mac.header} holds the HMAC-${algorithm.toUpperCase()} of \`${template}\` under the secret${how}`
  const wanted = expected.macs.map(({ header }) => header).join(' or ')
  const isOther = expected.macs.every(({ bytes }) => bytes.byteLength !== mac.bytes.byteLength)
  const rest = 'so the secret and the body are right'
  if (isOther && wanted !== '') {
    return finding(
      'signature_algorithm',
      `${signed}, ${rest}; but expected is a signature of another algorithm in header ${wanted}.`,
    )
  }
  if (how !== '') return finding('secret_encoded', `${signed}.`)
  return finding(
    'signature_content',
    `${signed}, ${rest}; but something else is expected to be signed.`,
  )
}

function keysOf(secret: string): readonly Key[] {
  const text = secret.trim()
  const base64 = decodeStrictly(text.replace(/^whsec_/, ''), 'base64')
  const hex = decodeStrictly(text, 'hex')
  return [
    { key: createSecretKey(Buffer.from(secret)), how: '' },
    ...(text === secret
      ? []
      : [{ key: createSecretKey(Buffer.from(text)), how: ' without white space at its edges' }]),
    ...(base64?.length ? [{ key: createSecretKey(base64), how: ', decoded from base64' }] : []),
    ...(hex?.length ? [{ key: createSecretKey(hex), how: ', decoded from hex' }] : []),
  ]
}

function contentsOf(parts: DeliveryParts): readonly Content[] {
  const { body, method, publicUrl, path, headers } = parts
  const url = URL.canParse(publicUrl + path) ? publicUrl + path : 'http://localhost/'
  const times = namedTimes(parts).map(({ text }) => text)
  const ids = Object.entries(headers).flatMap(([name, value]) =>
    /(^|-)(id|delivery|uuid)$/.test(name) && value !== undefined ? [value] : [],
  )
  return TEMPLATES.flatMap((text) => {
    const template = signedTemplate(text)
    const someTimes = template.names.has('timestamp') ? times : ['']
    const someIds = template.names.has('id') ? ids.slice(0, MAX_IDS) : ['']
    return someTimes.flatMap((timestamp) =>
      someIds.map((id) => ({
        template: text,
        content: template.fill({ body, method, url, id, timestamp }),
      })),
    )
  })
}
