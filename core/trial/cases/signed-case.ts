import type { RunningSource } from '../../contracts/config.ts'
import { REDACTED } from '../../redaction/redacted.ts'
import { webhookPath } from '../../settings/webhook-path.ts'
import { type SignedRequest, signTestDelivery } from '../test-delivery.ts'
import type { DeliveryCase } from './case-file.ts'

/** Of the connection that a delivery came on, which the new one has of its own. */
const OF_CONNECTION =
  /^(?:host|connection|content-length|transfer-encoding|accept-encoding|expect|(?:x-forwarded|cf)-.*|cdn-loop)$/

/** Whether a header is of the connection that a delivery came on. */
export function isOfConnection(name: string): boolean {
  return OF_CONNECTION.test(name)
}

/** The request of a case: signed again by its source, with the headers of the case where signing makes none. */
export function signedCase(
  source: RunningSource,
  { delivery, expect }: DeliveryCase,
  publicUrl: string,
): SignedRequest {
  const headers = Object.fromEntries(
    Object.entries(delivery.headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name, value]) => !isOfConnection(name) && !value.includes(REDACTED)),
  )
  const body = bodyOf(delivery)
  const query = new URL(delivery.path ?? '', publicUrl).searchParams
  if (!delivery.sign) {
    const url = new URL(webhookPath(source.name), publicUrl)
    for (const [name, value] of query) url.searchParams.append(name, value)
    return { url: url.href, headers, body: body ?? new Uint8Array() }
  }
  const id = delivery.id ?? expect.events?.[0]?.senderId ?? undefined
  const signed = eventNames(delivery, expect, headers).map((event) =>
    signTestDelivery(source, { event, body, id, publicUrl }),
  )
  const likeness = (request: SignedRequest) =>
    Object.entries(request.headers).filter(([name, value]) => headers[name.toLowerCase()] === value)
      .length
  const [best = signed[0]] = signed.toSorted((one, other) => likeness(other) - likeness(one))
  if (best === undefined) throw new Error('no event name was tried')
  const url = new URL(best.url)
  for (const [name, value] of query) {
    if (!url.searchParams.has(name) && !value.includes(REDACTED))
      url.searchParams.append(name, value)
  }
  const lower = Object.entries(best.headers).map(([name, value]) => [name.toLowerCase(), value])
  const type = headers['content-type']
  return {
    url: url.href,
    headers: { ...headers, ...Object.fromEntries(lower), ...(type && { 'content-type': type }) },
    body: best.body,
  }
}

/** Undefined: the sample of the event. */
function bodyOf({ body, bodyBase64 }: DeliveryCase['delivery']): Uint8Array | undefined {
  if (bodyBase64 !== undefined) return Buffer.from(bodyBase64, 'base64')
  if (body === undefined) return undefined
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body))
}

/** What the sender may call the event: the type, the part before its first dot, or what a header says. */
function eventNames(
  { event }: DeliveryCase['delivery'],
  { events = [] }: DeliveryCase['expect'],
  headers: Readonly<Record<string, string>>,
): readonly string[] {
  if (event !== undefined) return [event]
  const type = events[0]?.type ?? 'test'
  return [...new Set([type, type.split('.', 1)[0] ?? type, ...Object.values(headers)])]
}
