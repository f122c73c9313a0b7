import type { DeliveryParts } from '../matching/received-delivery.ts'
import type { ExpectedSignature } from './expected.ts'
import { type Finding, finding } from './finding.ts'
import { findMacs, type Mac, writeMac } from './mac.ts'
import { namedTimes } from './times.ts'
import type { Change } from './trials.ts'

const TIME_WITHIN = /(?<!\d)(?:\d{13}|\d{10})(?!\d)/
const MAX_RENAMED = 6

/** The signatures of a delivery in the form that the source expects, and its headers under other names. */
export function headerChanges(
  parts: DeliveryParts,
  expected: ExpectedSignature,
): readonly Change[] {
  const given = findMacs(parts.headers)
  const rewritten = expected.macs.flatMap((wanted) =>
    given.flatMap((mac) => variantsOf(wanted, parts).map((form) => rewrite(mac, form, parts))),
  )
  return [...renamed(parts, expected), ...rewritten.filter((change) => change !== null)]
}

// A time in the same header as the signature must be that of the sender, not that of the signature made here.
function variantsOf(wanted: Mac, parts: DeliveryParts): readonly Mac[] {
  if (!TIME_WITHIN.test(wanted.before)) return [wanted]
  return namedTimes(parts).map(({ text }) => ({
    ...wanted,
    before: wanted.before.replace(TIME_WITHIN, text),
  }))
}

function rewrite(mac: Mac, wanted: Mac, parts: DeliveryParts): Change | null {
  const value = writeMac(mac, wanted)
  if (parts.headers[wanted.header] === value) return null
  return {
    kind: 'header',
    findings: differences(mac, wanted),
    delivery: (now) => ({ ...now, headers: { ...now.headers, [wanted.header]: value } }),
  }
}

function differences(mac: Mac, wanted: Mac): readonly Finding[] {
  const found: Finding[] = []
  if (mac.header !== wanted.header) {
    const message = `The signature is in header ${mac.header}; it is expected in ${wanted.header}.`
    found.push(finding('header_renamed', message))
  }
  if (mac.encoding !== wanted.encoding) {
    const message = `The signature is written in ${mac.encoding}; ${wanted.encoding} is expected.`
    found.push(finding('signature_form', message))
  } else if (found.length === 0) {
    const prefix = wanted.before.replace(TIME_WITHIN, '…')
    const message =
      prefix === ''
        ? `The signature in header ${mac.header} is right, but there is something before or after it; it is expected alone.`
        : `The signature in header ${mac.header} is right, but it is expected with \`${prefix}\` before it and nothing else.`
    found.push(finding('signature_form', message))
  }
  return found
}

/** Missing headers, if each is there under a name with another beginning: `svix-id` for `webhook-id`. */
function renamed({ headers }: DeliveryParts, { needed }: ExpectedSignature): readonly Change[] {
  const missing = needed.filter((name) => headers[name] === undefined)
  const others = Object.keys(headers).filter((name) => !needed.includes(name))
  if (missing.length === 0 || missing.length > MAX_RENAMED) return []
  const pairs = missing.flatMap((name) => {
    const matches = others.filter((other) => lastWords(other, 1) === lastWords(name, 1))
    const close = matches.filter((other) => lastWords(other, 2) === lastWords(name, 2))
    const [match] = close.length > 0 ? close : matches.filter(isOwnHeader)
    return match === undefined ? [] : [{ name, match }]
  })
  if (pairs.length < missing.length) return []
  const from = pairs.map(({ match }) => match).join(', ')
  const message = `The headers are named ${from}; expected are ${missing.join(', ')}.`
  const change: Change = {
    kind: 'header',
    findings: [finding('header_renamed', message)],
    delivery: (now) => {
      const added = pairs.map(({ name, match }) => [name, now.headers[match]])
      return { ...now, headers: { ...now.headers, ...Object.fromEntries(added) } }
    },
  }
  return [change]
}

function lastWords(name: string, count: number): string {
  return name.split('-').slice(-count).join('-')
}

// Headers such as `content-type` do not belong to one sender.
function isOwnHeader(name: string): boolean {
  return !/^(content|accept|cf|traceparent|x-request|x-correlation|x-amzn)\b/.test(name)
}
