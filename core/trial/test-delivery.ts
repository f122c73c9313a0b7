import { randomUUID } from 'node:crypto'
import type { RunningConfig, RunningSource } from '../contracts/config.ts'
import { HooklineError } from '../errors/errors.ts'
import { webhookPath } from '../settings/webhook-path.ts'

/** A request as the sender of a source would make it. */
export interface SignedRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface TestDelivery {
  /** In the sender's own words. */
  readonly event: string
  /** Default: a sample of the event. */
  readonly body?: Uint8Array | undefined
  /** The sender's id. Default: random. */
  readonly id?: string | undefined
  readonly publicUrl: string
}

/** A source of the config. Throws `source_unknown`. */
export function sourceOf({ sources }: RunningConfig, name: string): RunningSource {
  const source = sources.get(name)
  if (source !== undefined) return source
  const known = [...sources.keys()].join(', ') || 'none'
  throw new HooklineError('source_unknown', `There is no source '${name}'; known: ${known}`)
}

/** Signs a test delivery with the source's own secret. Throws `source_cannot_sign` if only the sender can sign. */
export function signTestDelivery(
  { name, path, definition, instance }: RunningSource,
  { event, body, id = randomUUID(), publicUrl }: TestDelivery,
): SignedRequest {
  const plain = {
    event,
    id,
    body: body ?? new TextEncoder().encode(sampleOf({ definition, instance }, event)),
    url: publicUrl + webhookPath(name, path),
    sentAt: new Date(),
  }
  const draft = instance.embedProof?.(plain) ?? plain
  const signed = instance.sign?.(draft)
  if (signed === undefined) {
    throw new HooklineError('source_cannot_sign', `The source '${name}' cannot sign deliveries`)
  }
  const headers = { 'content-type': 'application/json', ...signed }
  return { url: draft.url, headers, body: draft.body }
}

function sampleOf(
  { definition, instance }: Pick<RunningSource, 'definition' | 'instance'>,
  event: string,
): string {
  return instance.sample?.(event) ?? definition.sample?.(event) ?? anySample(event)
}

function anySample(event: string): string {
  return JSON.stringify({ event, data: 'sample', size: 12, message: 'A test delivery' })
}
