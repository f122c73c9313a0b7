import type { Delivery, Refusal, Verdict } from '../../contracts/delivery.ts'
import type { DeliveryDraft } from '../../contracts/source.ts'
import { HooklineError } from '../../errors/errors.ts'
import { type Hmac, type HmacForm, hmac, type SignedContent } from './hmac.ts'
import { type SignedTemplate, signedTemplate } from './signed-template.ts'
import { checkTimestamp, type TimeUnit, writeTimestamp } from './timestamp.ts'

/** How one provider signs with an HMAC, as data. Header names as the provider writes them. */
export interface HmacScheme extends HmacForm {
  readonly header: string
  /** An older or newer name, used if `header` is missing. */
  readonly otherHeader?: string | undefined
  /** Prefix of each signature: `sha256=`, `v1,`. Parts of the header without it are ignored. */
  readonly prefix?: string | undefined
  /** Separator of several signatures, or of signatures and fields, in one header. Default: the header is one signature. */
  readonly separator?: ',' | ';' | ' ' | undefined
  readonly timestamp?: TimestampScheme | undefined
  /** Header of the sender's id; required if the template names `{id}`. */
  readonly idHeader?: string | undefined
  /** What is signed, see `signedTemplate`. Default `{body}`. */
  readonly template?: string | undefined
  /** How the sender writes the URL that it signs. Default: as it calls it. */
  readonly writeUrl?: ((url: string) => string) | undefined
}

/** Where the signed time is: in a header of its own, or in a part of the signature header with this prefix (`t=`). */
export type TimestampScheme = ({ readonly header: string } | { readonly prefix: string }) & {
  readonly unit: TimeUnit
  readonly toleranceSeconds: number
}

/** One way to prove a delivery: verifies it, and signs as the sender does. */
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

/** A scheme without the algorithm and the key. */
export type SignatureScheme = Omit<HmacScheme, 'algorithm' | 'key'>

interface Prepared {
  readonly scheme: HmacScheme
  readonly mac: Hmac
  readonly template: SignedTemplate
  readonly clock: () => number
}

/** The signed content and the signatures of a delivery, not verified yet. */
export interface Signed {
  readonly ok: true
  readonly content: SignedContent
  readonly signatures: readonly string[]
}

/** Standard Webhooks (https://www.standardwebhooks.com), `v1`. Asymmetric `v1a` signatures are ignored. */
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

/** Verifies and signs by a scheme. Throws `option_invalid` without a secret, or if the scheme or a secret is invalid. */
export function hmacSignature(
  scheme: HmacScheme,
  { secrets, clock }: SigningContext,
): Authenticity {
  const prepared = { scheme, mac: hmac(scheme, secrets), template: templateOf(scheme), clock }
  return {
    verify: (delivery) => verify(prepared, delivery),
    sign: (draft) => sign(prepared, draft),
  }
}

/** The template of a scheme. Throws `option_invalid` if it names a value that is not sent, or omits the timestamp. */
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
  return prepared.mac.matches(signed.content, signed.signatures)
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

function sign({ scheme, mac, template }: Prepared, draft: DeliveryDraft): Record<string, string> {
  const timestamp = scheme.timestamp ? writeTimestamp(draft.sentAt, scheme.timestamp.unit) : ''
  const { body, id } = draft
  const url = urlOf(scheme, draft)
  const content = template.fill({ body, id, timestamp, method: 'POST', url })
  const parts = [(scheme.prefix ?? '') + mac.sign(content)]
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

/** A refusal, with its reason for the operator. */
export function refuse(reason: string): Refusal {
  return { ok: false, reason }
}
