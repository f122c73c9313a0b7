import type { DeliveryRecord } from '../contracts/store.ts'
import { HooklineError } from '../errors/errors.ts'
import { addressInRanges } from '../kit/address-ranges.ts'
import { MANUAL_METHOD } from '../matching/manual-rule.ts'
import { OWN_SOURCE } from '../own-events/catalog.ts'
import { webhookPath } from '../settings/webhook-path.ts'
import { clientAddress, isFromProxy } from './client-address.ts'
import type { ReceivingConfig, ReceivingSource } from './receiving-config.ts'

/** What is known of a request before its body is read. */
export interface RequestHead {
  /** Name of the source, from the URL. */
  readonly source: string
  readonly method: string
  /** Path and query as sent. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly socketAddress: string | null
  /** Of a request through a tunnel, the address that the tunnel gives; null if it gives none. Nothing else is then read. */
  readonly tunnelClient?: string | null | undefined
}

/** A request that may go on, with the config in force when it began. */
export interface Admission {
  /** Null: the delivery will be refused, so its body is not read. */
  readonly maxBodyBytes: number | null
  /** Whether the address of the sender may deliver. */
  readonly isAllowed: boolean
  /** Why the delivery is refused by its headers; null if it is not. */
  readonly fault: HooklineError | null
  readonly head: RequestHead
  /** Address of the sender behind trusted proxies; null if unknown. */
  readonly client: string | null
  /** Whether the request came from a trusted proxy. */
  readonly viaProxy: boolean
  readonly source: ReceivingSource
  readonly config: ReceivingConfig
  /** Milliseconds since the epoch. */
  readonly startedAt: number
}

/** Why a delivery from an address outside `allow` is refused. */
export const NOT_ALLOWED = "the sender's address is not in the allow list"

/**
 * Decides by its head whether a request may go on. Throws `source_unknown` or `rate_limited`. A request that is to be
 * refused for another reason goes on without a body, so that its delivery is recorded.
 */
export function admitRequest(
  config: ReceivingConfig,
  head: RequestHead,
  startedAt: number,
): Admission {
  const source = findSource(config, head.source)
  const { socketAddress, headers, tunnelClient } = head
  const { trustedProxies } = config
  const client =
    tunnelClient === undefined
      ? clientAddress({ socketAddress, headers, trustedProxies })
      : tunnelClient
  const viaProxy = tunnelClient === undefined && isFromProxy({ socketAddress, trustedProxies })
  const isAllowed = mayDeliver(source, client)
  // A sender that is not allowed must not use up the rate of others.
  if (isAllowed) takeFromRate(source)
  const fault = isAllowed ? encodingFault(headers['content-encoding'], source) : null
  const maxBodyBytes = isAllowed && fault === null ? source.source.maxBodyBytes : null
  return { maxBodyBytes, isAllowed, fault, head, client, viaProxy, source, config, startedAt }
}

/** A delivery that was fetched at its provider: nobody sent it here, so no address and no rate is looked at. */
export function admitFetched(
  config: ReceivingConfig,
  name: string,
  headers: Readonly<Record<string, string>>,
  startedAt: number,
): Admission {
  const source = findSource(config, name)
  const path = webhookPath(name)
  const head = { source: name, method: 'POST', path, headers, socketAddress: null }
  const { maxBodyBytes } = source.source
  const fault = encodingFault(headers['content-encoding'], source)
  const known = { client: null, viaProxy: false, isAllowed: true }
  return { ...known, maxBodyBytes, fault, head, source, config, startedAt }
}

/** The source of a stored delivery that is to be replayed. Throws `delivery_not_replayable`. */
export function sourceToReplay(
  config: ReceivingConfig,
  { source: name, outcome, method }: Pick<DeliveryRecord, 'source' | 'outcome' | 'method'>,
): ReceivingSource {
  const source = config.sources.get(name)
  const isManual = method === MANUAL_METHOD
  if (source !== undefined && outcome === 'accepted' && !isManual) return source
  let why = `The delivery was not accepted but '${outcome}'`
  if (source === undefined) why = `The source '${name}' is not in the config`
  if (name === OWN_SOURCE) why = "Hookline's own events are not replayed; retry their tasks"
  if (isManual) why = 'It was made to run one program; retry its task'
  throw new HooklineError('delivery_not_replayable', why)
}

function findSource(config: ReceivingConfig, name: string): ReceivingSource {
  const source = config.sources.get(name)
  if (source !== undefined) return source
  const printable = name.replace(/[^\x20-\x7e]/g, '?').slice(0, 64)
  throw new HooklineError('source_unknown', `There is no source '${printable}'`)
}

/**
 * Some senders sign a compressed body before compression and others after it, so one is accepted only by a source that
 * knows. `utf-8` is no encoding of the body, but some senders name their charset there.
 */
function encodingFault(
  encoding = '',
  { source: { instance } }: ReceivingSource,
): HooklineError | null {
  const { contentEncodings = [] } = instance
  const harmless = ['', 'identity', 'utf-8', 'utf8', ...contentEncodings]
  const names = encoding.split(',').map((name) => name.trim().toLowerCase())
  if (names.every((name) => harmless.includes(name))) return null
  return new HooklineError(
    'content_type_unsupported',
    'The body is compressed (Content-Encoding)',
    {
      remedy:
        'Send the body as it is, without a Content-Encoding. A `custom` source takes gzip with its option `gzip`.',
    },
  )
}

/** An unknown address may deliver only where every address may. */
function mayDeliver({ allow }: ReceivingSource, address: string | null): boolean {
  return allow === null || (address !== null && addressInRanges(address, allow))
}

function takeFromRate({ rateLimit, source }: ReceivingSource): void {
  const taken = rateLimit?.take()
  if (taken === undefined || taken.ok) return
  throw new HooklineError('rate_limited', `The source '${source.name}' has a rate limit`, {
    fields: { retryAfterSeconds: Math.max(1, Math.ceil(taken.retryAfterSeconds)) },
  })
}
