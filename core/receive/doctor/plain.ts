import type { RunningConfig } from '../../contracts/config.ts'
import type { DeliveryRecord } from '../../contracts/store.ts'
import { NOT_ALLOWED } from '../gate.ts'
import { MASK } from '../mask-headers.ts'
import type { DeliveryParts } from '../received-delivery.ts'
import { accessFinding } from './access.ts'
import type { Expected } from './expected.ts'
import { type Finding, finding } from './finding.ts'

const UNPARSABLE = /^(?:delivery_unparsable|content_type_unsupported): /

/** What can be seen without trying anything; null where it has to be tried. */
export function plainFinding(
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
    const message = "The sender's address was not in the allow list then; it is now."
    return finding('matches_now', message)
  }
  if (UNPARSABLE.test(reason)) {
    const message = `The sender was verified, but the delivery could not be read: ${reason}`
    return finding('unparsable', message)
  }
  if (method === 'POST') return null
  const message = `It is no event but a ${method} that the source answers itself, and it was refused: ${reason}.`
  return finding('handshake_refused', message)
}

/** Headers that are not there, and without which the source refuses; an empty list where all are. */
export function missing({ headers }: DeliveryParts, { needed }: Expected): readonly Finding[] {
  const names = needed.filter((name) => headers[name] === undefined)
  if (names.length === 0) return []
  const message = `The delivery lacks ${names.length === 1 ? 'the header' : 'the headers'} ${names.join(', ')}, and is refused without.`
  return [finding('header_missing', message)]
}

/** The source is not in the config any more. */
export function sourceGone(): Finding {
  return finding('source_gone', 'The source of the delivery is not in the config any more.')
}

/** The source accepts it as the config is now. */
export function matchesNow(which: string): Finding {
  const message = `The source accepts this delivery as the config is now: the config was changed since.${which}`
  return finding('matches_now', message)
}

/** The body was left out of the record. */
export function bodyNotKept(): Finding {
  const message =
    'The body is larger than 64 KiB. Of refused deliveries such a body is not kept, so the signature cannot be tried.'
  return finding('body_not_kept', message)
}

/** What can be said where no mistake fits. */
export function nothing({ path }: DeliveryParts, { signsUrl }: Expected): Finding {
  if (path.includes(MASK) && signsUrl) {
    const message = 'The query of the URL holds what is not kept, and the source needs it.'
    return finding('query_not_kept', message, { certainty: 'likely' })
  }
  const message = 'No known mistake makes this delivery match.'
  return finding('nothing_matches', message, { certainty: 'likely' })
}
