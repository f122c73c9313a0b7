import type { RunningConfig, RunningSource } from '../contracts/config.ts'
import type { DeliveryRecord } from '../contracts/store.ts'
import { addressInRanges, compileRanges } from '../kit/address-ranges.ts'
import type { DeliveryParts } from '../matching/received-delivery.ts'
import { NOT_ALLOWED } from '../receive/admission.ts'
import { clientAddress } from '../receive/client-address.ts'
import { isDelivery } from '../receive/source-calls.ts'
import { REDACTED } from '../redaction/redacted.ts'
import type { ExpectedSignature } from './expected.ts'
import { type Finding, finding } from './finding.ts'

const FORWARDING = ['x-forwarded-for', 'forwarded', 'cf-connecting-ip']
const UNPARSABLE = /^(?:delivery_unparsable|content_type_unsupported): /

/** What can be seen without checking a signature; null if signatures must be checked. */
export function directFinding(
  record: DeliveryRecord,
  { settings, sources }: RunningConfig,
): Finding | null {
  const { outcome, method } = record
  const reason = record.reason ?? 'unknown'
  const source = sources.get(record.source)
  if (outcome !== 'refused') {
    return finding('delivery_not_refused', `The delivery was not refused: it is ${outcome}.`)
  }
  if (source === undefined) return sourceGone()
  const access = accessFinding(record, source, settings)
  if (access !== null) return access
  if (reason === NOT_ALLOWED) {
    const message = "The sender's address was not in the allow list then, but it is now."
    return finding('matches_now', message)
  }
  if (UNPARSABLE.test(reason)) {
    const message = `The sender was verified, but the delivery could not be read: ${reason}`
    return finding('unparsable', message)
  }
  if (isDelivery(source, method)) return null
  const message = `It is not an event but a ${method} request that the source answers itself, and it was refused: ${reason}.`
  return finding('handshake_refused', message)
}

/** Why the sender's address may not deliver under the current config; null if it may. */
function accessFinding(
  { client, headers }: DeliveryRecord,
  source: RunningSource,
  settings: RunningConfig['settings'],
): Finding | null {
  if (source.allow === null) return null
  const allow = compileRanges(source.allow)
  if (client !== null && addressInRanges(client, allow)) return null
  const address = client ?? 'unknown'
  const message = `The sender's address, ${address}, is not in the allow list of the source.`
  const header = FORWARDING.find((name) => headers[name] !== undefined)
  if (client === null || header === undefined) return finding('address_not_allowed', message)
  const behind = clientAddress({
    socketAddress: client,
    headers,
    trustedProxies: compileRanges([...settings.trustedProxies, client]),
  })
  const isAllowed = behind !== null && addressInRanges(behind, allow)
  const known = `${message} It came with ${header}, so ${address} may be a proxy that \`trustedProxies\` does not name.`
  return isAllowed
    ? finding(
        'address_not_allowed',
        `${known} If it did, the sender would be ${behind}, which is allowed.`,
        {
          certainty: 'likely',
          remedy: `If ${address} is your own proxy or tunnel, add it to \`trustedProxies\`. Otherwise change nothing: anybody can send that header.`,
        },
      )
    : finding(
        'address_not_allowed',
        `${known} If it did, the sender would be ${behind ?? 'unknown'}, which is not allowed either.`,
      )
}

/** The missing headers without which the source refuses; an empty list if there are none. */
export function missingHeaders(
  { headers }: DeliveryParts,
  { needed }: ExpectedSignature,
): readonly Finding[] {
  const names = needed.filter((name) => headers[name] === undefined)
  if (names.length === 0) return []
  const message = `The delivery lacks ${names.length === 1 ? 'the header' : 'the headers'} ${names.join(', ')}, and the source refuses it without.`
  return [finding('header_missing', message)]
}

export function sourceGone(): Finding {
  return finding('source_gone', 'The source of the delivery is not in the config any more.')
}

export function matchesNow(which: string): Finding {
  const message = `The source accepts this delivery under the current config: the config has changed since.${which}`
  return finding('matches_now', message)
}

export function bodyNotKept(): Finding {
  const message =
    'The body is larger than 64 KiB. Such a body is not kept when a delivery is refused, so the signature cannot be checked again.'
  return finding('body_not_kept', message)
}

/** The finding if no known mistake explains the refusal. */
export function nothingMatches({ path }: DeliveryParts, { signsUrl }: ExpectedSignature): Finding {
  if (path.includes(REDACTED) && signsUrl) {
    const message = 'The source needs the query of the URL, and a part of the query is not kept.'
    return finding('query_not_kept', message, { certainty: 'likely' })
  }
  const message = 'No known mistake makes this delivery match.'
  return finding('nothing_matches', message, { certainty: 'likely' })
}
