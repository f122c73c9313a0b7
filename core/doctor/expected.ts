import type { DeliveryDraft, SourceInstance } from '../contracts/source.ts'
import { type DeliveryParts, ReceivedDelivery } from '../matching/received-delivery.ts'
import { findMacs, type Mac } from './mac.ts'
import type { Budget } from './trials.ts'

/** What the source expects, told by a delivery that it signs itself. */
export interface ExpectedSignature {
  /** Names of headers without which it refuses. */
  readonly needed: readonly string[]
  /** The signatures that it writes itself, each with what stands around. */
  readonly macs: readonly Mac[]
  /** Whether the URL is signed; true where it cannot be told. */
  readonly signsUrl: boolean
  /** Whether it refuses what was signed long ago; true where it cannot be told. */
  readonly signsTime: boolean
  /** Names of all headers that it writes. */
  readonly headers: readonly string[]
}

const UNKNOWN: ExpectedSignature = {
  needed: [],
  macs: [],
  signsUrl: true,
  signsTime: true,
  headers: [],
}
const LONG_MS = 400 * 86_400_000

/** Finds out what a source expects of its sender. Nothing is known of a source that cannot sign. */
export async function expectedOf(
  instance: SourceInstance,
  parts: DeliveryParts,
  budget: Budget,
): Promise<ExpectedSignature> {
  const signed = signAs(instance, parts)
  if (signed === null) return UNKNOWN
  const accepts = (headers: DeliveryParts['headers']) =>
    budget.accepts(instance, new ReceivedDelivery({ ...signed, headers }))
  const needed: string[] = []
  const names = Object.keys(signed.headers)
  const passes = await accepts(signed.headers)
  for (const name of passes ? names : []) {
    const { [name]: _, ...others } = signed.headers
    if (!(await accepts(others))) needed.push(name)
  }
  const elsewhere = signAs(instance, { ...parts, publicUrl: 'https://elsewhere.invalid' })
  const signsUrl = JSON.stringify(elsewhere?.headers) !== JSON.stringify(signed.headers)
  const old = signAs(instance, { ...parts, receivedAt: new Date(+parts.receivedAt - LONG_MS) })
  const signsTime = old !== null && !(await budget.accepts(instance, new ReceivedDelivery(old)))
  return { needed, macs: findMacs(signed.headers), signsUrl, signsTime, headers: names }
}

/** A delivery as the source itself would sign it at the time of arrival; null if the source cannot sign. */
export function signAs(instance: SourceInstance, parts: DeliveryParts): DeliveryParts | null {
  const { body, publicUrl, path, receivedAt, headers } = parts
  const draft: DeliveryDraft = {
    event: 'ping',
    id: 'hookline-doctor',
    body: body.byteLength === 0 ? new TextEncoder().encode('{}') : body,
    url: publicUrl + path,
    sentAt: receivedAt,
  }
  try {
    const draftWithProof = instance.embedProof?.(draft) ?? draft
    const signed = instance.sign?.(draftWithProof)
    if (signed === undefined) return null
    const type = headers['content-type'] ?? 'application/json'
    const { url } = draftWithProof
    const signedPath = url.startsWith(publicUrl) ? url.slice(publicUrl.length) : path
    const lower = Object.entries(signed).map(([name, value]) => [name.toLowerCase(), value])
    return {
      ...parts,
      path: signedPath,
      body: draftWithProof.body,
      headers: { 'content-type': type, ...Object.fromEntries(lower) },
    }
  } catch {
    return null
  }
}
