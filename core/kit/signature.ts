import type { KeyObject } from 'node:crypto'
import type { Delivery, Refusal, Verdict } from '../contracts/delivery.ts'
import type { DeliveryDraft } from '../contracts/source.ts'
import type { Encoding } from './encoding.ts'
import { HooklineError } from './errors.ts'
import {
  computeHmac,
  type HmacAlgorithm,
  hmacKeys,
  type KeyForm,
  type SignedContent,
  verifyHmac,
} from './hmac.ts'
import { type SignedTemplate, signedTemplate } from './signed-template.ts'
import { checkTimestamp, type TimeUnit, writeTimestamp } from './timestamp.ts'

/** How one provider signs with an HMAC, as data. Header names as the provider writes them. */
export interface HmacScheme {
  readonly header: string
  /** Looked at where `header` is missing: an older or newer name. */
  readonly otherHeader?: string | undefined
  readonly algorithm: HmacAlgorithm
  readonly encoding: Encoding
  /** Stands before each signature: `sha256=`, `v1,`. Parts of the header without it are passed over. */
  readonly prefix?: string | undefined
  /** Between several signatures, or signatures and fields, in one header. Default: the header is one signature. */
  readonly separator?: ',' | ';' | ' ' | undefined
  readonly timestamp?: TimestampScheme | undefined
  /** Header of the sender's id; needed where the template names `{id}`. */
  readonly idHeader?: string | undefined
  /** What is signed, see `signedTemplate`. Default `{body}`. */
  readonly template?: string | undefined
  /** How the sender writes the URL that it signs, where not as it calls it. */
  readonly writeUrl?: ((url: string) => string) | undefined
  /** Default `text`. */
  readonly key?: KeyForm | undefined
}

/** Where the signed time is: in a header of its own, or in a part of the signature header with this prefix (`t=`). */
export type TimestampScheme = ({ readonly header: string } | { readonly prefix: string }) & {
  readonly unit: TimeUnit
  readonly toleranceSeconds: number
}

/** One way of knowing a sender: checks it, and does what the sender does. */
export interface Authenticity {
  verify(delivery: Delivery): Verdict
  /** The headers that prove a delivery, by lower-case name. */
  sign(draft: DeliveryDraft): Readonly<Record<string, string>>
}

export interface SigningContext {
  readonly secrets: readonly string[]
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** All of a scheme but how the signature itself is made. */
export type SignatureScheme = Omit<HmacScheme, 'algorithm' | 'key'>

interface Prepared {
  readonly scheme: HmacScheme
  readonly keys: readonly KeyObject[]
  readonly template: SignedTemplate
  readonly clock: () => number
}

/** What a delivery says was signed, and the signatures it carries: not checked yet. */
export interface Signed {
  readonly ok: true
  readonly content: SignedContent
  readonly signatures: readonly string[]
}

/** Standard Webhooks (https://www.standardwebhooks.com), `v1`. Asymmetric `v1a` signatures are passed over. */
export const STANDARD_WEBHOOKS = {
  header: 'webhook-signature',
  algorithm: 'sha256',
  encoding: 'base64',
  prefix: 'v1,',
  separator: ' ',
  timestamp: { header: 'webhook-timestamp', unit: 's', toleranceSeconds: 300 },
  idHeader: 'webhook-id',
  template: '{id}.{timestamp}.{body}',
  key: 'whsec',
} as const satisfies HmacScheme

/** A scheme with its secrets. Throws `option_invalid` without a secret, or where scheme and secrets do not fit. */
export function hmacSignature(
  scheme: HmacScheme,
  { secrets, clock }: SigningContext,
): Authenticity {
  if (secrets.length === 0) throw new HooklineError('option_invalid', 'A secret is needed.')
  const template = templateOf(scheme)
  const prepared = { scheme, keys: hmacKeys(secrets, scheme.key), template, clock }
  return {
    verify: (delivery) => verify(prepared, delivery),
    sign: (draft) => sign(prepared, draft),
  }
}

/** The template of a scheme. Throws `option_invalid` where it names what is not sent, or leaves out the time. */
export function templateOf(scheme: SignatureScheme): SignedTemplate {
  const template = signedTemplate(scheme.template ?? '{body}')
  needsHeader(template, 'id', scheme.idHeader)
  needsHeader(template, 'timestamp', scheme.timestamp)
  if (scheme.timestamp !== undefined && !template.names.has('timestamp')) {
    throw new HooklineError('option_invalid', 'A timestamp must be signed: name {timestamp}.')
  }
  return template
}

function needsHeader(template: SignedTemplate, name: string, given: unknown): void {
  if (!template.names.has(name) || given !== undefined) return
  throw new HooklineError('option_invalid', `The template names {${name}}; say where it is sent.`)
}

function verify(prepared: Prepared, delivery: Delivery): Verdict {
  const signed = readSigned(prepared, delivery)
  if (!signed.ok) return signed
  const { keys, scheme } = prepared
  const { algorithm, encoding } = scheme
  const { content, signatures } = signed
  return verifyHmac({ algorithm, keys, content, signatures, encoding })
    ? { ok: true }
    : refuse('signature does not match any secret')
}

interface Reading {
  readonly scheme: SignatureScheme
  readonly template: SignedTemplate
  readonly clock: () => number
}

/** Reads signatures, id and time from the headers, and checks the time. */
export function readSigned(
  { scheme, template, clock }: Reading,
  delivery: Delivery,
): Signed | Refusal {
  const header = readHeader(scheme, delivery.headers)
  if (header === undefined) return refuse(`signature header ${scheme.header} is missing`)
  const parts = partsOf(scheme, header)
  const signatures = withPrefix(parts, scheme.prefix ?? '')
  if (signatures.length === 0) {
    return refuse(`signature header ${scheme.header} has no part that begins with ${scheme.prefix}`)
  }
  const id = scheme.idHeader === undefined ? '' : delivery.headers[scheme.idHeader.toLowerCase()]
  if (id === undefined) return refuse(`header ${scheme.idHeader} is missing`)
  const timestamp = scheme.timestamp ? readTimestamp(scheme.timestamp, parts, delivery.headers) : ''
  if (timestamp === undefined) return refuse(`${placeOf(scheme)} is missing`)
  if (scheme.timestamp !== undefined) {
    const { unit, toleranceSeconds } = scheme.timestamp
    const fresh = checkTimestamp({ value: timestamp, unit, toleranceSeconds, now: clock() })
    if (!fresh.ok) return fresh
  }
  const { body, method } = delivery
  const content = template.fill({ body, id, timestamp, method, url: urlOf(scheme, delivery) })
  return { ok: true, content, signatures }
}

function sign({ scheme, keys, template }: Prepared, draft: DeliveryDraft): Record<string, string> {
  const timestamp = scheme.timestamp ? writeTimestamp(draft.sentAt, scheme.timestamp.unit) : ''
  const { body, id } = draft
  const url = urlOf(scheme, draft)
  const content = template.fill({ body, id, timestamp, method: 'POST', url })
  const [key] = keys
  if (key === undefined) throw new HooklineError('option_invalid', 'A secret is needed.')
  const mac = computeHmac(scheme.algorithm, key, content).toString(scheme.encoding)
  const parts = [(scheme.prefix ?? '') + mac]
  const headers: Record<string, string> = {}
  if (scheme.idHeader !== undefined) headers[scheme.idHeader.toLowerCase()] = id
  if (scheme.timestamp !== undefined) {
    if ('header' in scheme.timestamp) headers[scheme.timestamp.header.toLowerCase()] = timestamp
    else parts.unshift(scheme.timestamp.prefix + timestamp)
  }
  headers[scheme.header.toLowerCase()] = parts.join(scheme.separator ?? '')
  return headers
}

function readHeader(scheme: SignatureScheme, headers: Delivery['headers']): string | undefined {
  const value = headers[scheme.header.toLowerCase()]
  if (value !== undefined || scheme.otherHeader === undefined) return value
  return headers[scheme.otherHeader.toLowerCase()]
}

function partsOf({ separator }: SignatureScheme, header: string): readonly string[] {
  if (separator === undefined) return [header.trim()]
  return header.split(separator).flatMap((part) => part.trim() || [])
}

function withPrefix(parts: readonly string[], prefix: string): readonly string[] {
  return parts.filter((part) => part.startsWith(prefix)).map((part) => part.slice(prefix.length))
}

function readTimestamp(
  scheme: TimestampScheme,
  parts: readonly string[],
  headers: Delivery['headers'],
): string | undefined {
  return 'header' in scheme
    ? headers[scheme.header.toLowerCase()]
    : withPrefix(parts, scheme.prefix)[0]
}

function urlOf({ writeUrl }: SignatureScheme, { url }: { readonly url: string }): string {
  return writeUrl === undefined ? url : writeUrl(url)
}

function placeOf({ timestamp, header }: SignatureScheme): string {
  return timestamp !== undefined && 'header' in timestamp
    ? `timestamp header ${timestamp.header}`
    : `the timestamp in header ${header}`
}

function refuse(reason: string): Refusal {
  return { ok: false, reason }
}
